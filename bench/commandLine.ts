// A command line that somebody typed: what is wrong with it is one line for a person, and no stack.

/**
 * What `read` makes of the command line. `--help` prints how it is used and ends the process with 0; what `read` throws is printed before that, and ends
 * it with 2.
 */
export function fromCommandLine<T>(read: () => T, usage: string): T {
  if (Bun.argv.includes("--help")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return process.exit(2);
  }
}
