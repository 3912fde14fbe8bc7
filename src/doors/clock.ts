// The server's clock: monotonic, so that a corrected system time neither kills every line nor keeps the dead ones; and its
// timers are guarded, because a throw in a timer ends the process under Bun.
import type { Clock } from "../rooms/ports.ts";

/** `onFault` hears what a timer threw. */
export function systemClock(onFault: (error: unknown) => void): Clock {
  return {
    now: () => Math.round(performance.timeOrigin + performance.now()),
    after(ms, call) {
      const timer = setTimeout(() => {
        try {
          call();
        } catch (error) {
          onFault(error);
        }
      }, ms);
      return () => clearTimeout(timer);
    },
  };
}
