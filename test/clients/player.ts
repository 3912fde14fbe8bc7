// A player in another language, in a process of its own: told what to do a line at a time, and it says what it hears (player.py, Player.cs).
import { linesOf } from "../support/lines.ts";

export interface Line {
  readonly n?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly event?: string;
  readonly [more: string]: unknown;
}

export class Player {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #answers = new Map<number, (line: Line) => void>();
  readonly #waiting = new Set<() => void>();
  /** All events so far. */
  readonly events: Line[] = [];
  #asked = 0;
  #read = 0;

  constructor(command: readonly string[]) {
    this.#child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    void this.#follow();
  }

  async #follow(): Promise<void> {
    for await (const text of linesOf(this.#child.stdout)) {
      const line = JSON.parse(text) as Line;
      if (line.event === undefined) this.#answers.get(line.n ?? 0)?.(line);
      else this.events.push(line);
      for (const look of [...this.#waiting]) look();
    }
  }

  /** Asks, and waits for the answer. */
  ask(call: string, args: object = {}): Promise<Line> {
    const n = ++this.#asked;
    const answer = new Promise<Line>((resolve) => this.#answers.set(n, resolve));
    this.#child.stdin.write(`${JSON.stringify({ n, call, args })}\n`);
    this.#child.stdin.flush();
    return answer;
  }

  /** The next event of this name after the last one that was waited for; those between are skipped. */
  async next(event: string, isIt: (line: Line) => boolean = () => true): Promise<Line> {
    for (;;) {
      for (let line = this.events[this.#read]; line !== undefined; line = this.events[this.#read]) {
        this.#read++;
        if (line.event === event && isIt(line)) return line;
      }
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
      });
    }
  }

  /** All it heard of this name, in order. */
  heard(event: string): Line[] {
    return this.events.filter((line) => line.event === event);
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
  }
}
