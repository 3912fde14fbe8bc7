// The server's clock: monotonic, so that a corrected system time neither kills every line nor keeps the dead ones; and its
// timers are guarded, because a throw in a timer ends the process under Bun.

export interface Clock {
  /** Milliseconds since 1970 as the world counts them, for what is told and kept: it may be put right, forwards and backwards. */
  wall(): number;
  /** Milliseconds since 1970; never runs backwards by more than the system clock does. */
  now(): number;
  /** Calls once after so many milliseconds; the answer cancels. What it calls must not throw. */
  after(ms: number, call: () => void): () => void;
  /** Calls once, behind the callbacks that wait already. What it calls must not throw. */
  soon(call: () => void): void;
}

/** Read once: it never changes, and the getter costs as much as the clock. */
const ORIGIN_MS = performance.timeOrigin;

/** The clock of this process. */
export const systemClock: Clock = {
  wall: Date.now,
  now: () => Math.round(ORIGIN_MS + performance.now()),
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
