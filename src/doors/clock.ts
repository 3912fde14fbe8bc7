// The server's clock: monotonic, so that a corrected system time neither kills every line nor keeps the dead ones; and its
// timers are guarded, because a throw in a timer ends the process under Bun.
import type { Clock } from "../rooms/ports.ts";

/** The clock of this process. */
export const systemClock: Clock = {
  wall: Date.now,
  now: () => Math.round(performance.timeOrigin + performance.now()),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  soon: (call) => void setImmediate(call),
};

/** The same clock with its timers guarded: `onFault` hears what one threw. */
export function guarded(clock: Clock, onFault: (error: unknown) => void): Clock {
  const safe = (call: () => void) => () => {
    try {
      call();
    } catch (error) {
      onFault(error);
    }
  };
  return {
    wall: () => clock.wall(),
    now: () => clock.now(),
    after: (ms, call) => clock.after(ms, safe(call)),
    soon: (call) => clock.soon(safe(call)),
  };
}
