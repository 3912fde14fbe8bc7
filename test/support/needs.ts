// What a test needs beside Bun: a program that the machine may not have. Where it is missing the test is skipped and its title says
// why; under CI the same test fails, since a skip that nobody reads would hide that it never runs.
import { describe, test } from "bun:test";

/** A browser that starts on a loaded machine, or a minute that a rule names: what takes longer hangs. */
const LIMIT_MS = 120_000;

export interface Need<T> {
  readonly isSkipped: boolean;
  /** The end of a title: empty, or the reason. */
  readonly note: string;
  /** As bun:test's, for tests that need it. */
  test(title: string, run: () => Promise<void> | void): void;
  /** The same beside others of its file that are next to it and say so too: for those that wait more than they work. */
  concurrent(title: string, run: () => Promise<void>): void;
  describe(title: string, tests: () => void): void;
  /**
   * What the probe found.
   * @throws {Error} that names what is missing.
   */
  get(): T;
}

/** Asks the probe once; null, or a throw, is a no. */
export async function needs<T>(
  what: string,
  probe: () => T | null | Promise<T | null>,
  isCi = isCiOf(process.env),
): Promise<Need<T>> {
  const found = await ask(probe);
  const isSkipped = found === null && !isCi;
  const note = found === null ? ` (needs ${what})` : "";
  return {
    isSkipped,
    note,
    test: (title, run) => test.skipIf(isSkipped)(title + note, run, LIMIT_MS),
    concurrent: (title, run) => test.concurrent.skipIf(isSkipped)(title + note, run, LIMIT_MS),
    describe: (title, tests) => describe.skipIf(isSkipped)(title + note, tests),
    get() {
      if (found === null) throw new Error(`this machine does not have ${what}`);
      return found;
    },
  };
}

/** GitHub's runners, and most others, set CI to "true"; `.ci/run` does so itself. */
export function isCiOf(env: Readonly<Record<string, string | undefined>>): boolean {
  return !["", "0", "false"].includes((env.CI ?? "").toLowerCase());
}

/** A probe: the first of these commands that ends well, as its program; the others are tried where one is not installed. */
export async function firstThatRuns(commands: readonly (readonly [string, ...string[]])[]): Promise<string | null> {
  for (const command of commands) {
    const isGood = await ask(async () => {
      const child = Bun.spawn([...command], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
      return (await child.exited) === 0 ? true : null;
    });
    if (isGood !== null) return command[0];
  }
  return null;
}

async function ask<T>(probe: () => T | null | Promise<T | null>): Promise<T | null> {
  try {
    return await probe();
  } catch {
    return null;
  }
}
