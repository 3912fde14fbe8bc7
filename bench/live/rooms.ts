// The rooms beside a game night (talkers.ts), from here a process that is told for how long to talk and answers what it felt.

import { setPriority } from "node:os";
import { linesOf } from "../../test/support/lines.ts";
import { ROOT } from "../contestants.ts";

/** What the rooms felt in one window: sent by all, delivered to all, and how long that took. */
export interface HotPath {
  sent: number;
  delivered: number;
  p50Us: number;
  p90Us: number;
  p99Us: number;
}

/** Behind the rooms' clients: theirs would be other machines, and wait for nobody who reads a thousand lines. */
const OWN_NICENESS = 10;

export class Rooms {
  private constructor(
    private readonly child: Bun.Subprocess<"pipe", "pipe", "inherit">,
    private readonly lines: AsyncGenerator<string>,
  ) {}

  /** Resolves when everybody sits in a room. */
  static async gather(port: number): Promise<Rooms> {
    const child = Bun.spawn([process.execPath, "bench/live/talkers.ts", String(port)], {
      ...{ cwd: ROOT, stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    });
    // After the child began, which would have inherited it.
    setPriority(OWN_NICENESS);
    const rooms = new Rooms(child, linesOf(child.stdout));
    await rooms.answer();
    return rooms;
  }

  get pid(): number {
    return this.child.pid;
  }

  async talk(ms: number): Promise<HotPath> {
    this.child.stdin.write(`${ms}\n`);
    this.child.stdin.flush();
    return JSON.parse(await this.answer()) as HotPath;
  }

  end(): void {
    this.child.kill("SIGKILL");
  }

  private async answer(): Promise<string> {
    const { value } = await this.lines.next();
    if (value === undefined) throw new Error("the rooms have ended");
    return value;
  }
}
