// Doing many things at once, and waiting for what happens in many places; and a number from the command line.

const ENTERING_AT_ONCE = 50;

/** Runs `count` tasks, at most fifty at a time: a burst of a thousand connects would measure the accept queue. */
export async function inParallel(count: number, task: (index: number) => Promise<void>, lanes = ENTERING_AT_ONCE) {
  let next = 0;
  const lane = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

/** Polls, since what is waited for happens in many places. Gives up silently: the caller knows what is missing. */
export async function until(timeoutMs: number, done: () => boolean): Promise<void> {
  const POLL_MS = 5;
  const deadline = performance.now() + timeoutMs;
  while (!done() && performance.now() < deadline) await Bun.sleep(POLL_MS);
}

export function between(text: string, min: number, max: number, name: string): number {
  const value = Number(text);
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} takes a number from ${min} to ${max}`);
}
