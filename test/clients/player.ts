// A player in another language, in a process of its own: told what to do a line at a time, and it says what it hears (player.py, Player.cs).
import { linesOf } from "../support/lines.ts";
import { type Program, start } from "./programs.ts";

export interface Line {
  readonly n?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly event?: string;
  readonly [more: string]: unknown;
}

export class Player {
  readonly #child: Program;
  readonly #answers = new Map<number, (line: Line) => void>();
  readonly #waiting = new Set<() => void>();
  /** All events so far. */
  readonly events: Line[] = [];
  #asked = 0;
  #read = 0;
  #untold: string[] = [];
  #stopListening = () => {};
  #tell = (line: string) => {
    this.#child.stdin.write(line);
    this.#child.stdin.flush();
  };

  /** @param isToldByTcp its orders come over TCP, from the port that ORDERS_PORT names, and not by stdin */
  constructor(command: readonly string[], isToldByTcp = false) {
    const port = isToldByTcp ? this.#listen() : 0;
    this.#child = start(command, { ORDERS_PORT: `${port}` });
    void this.#follow();
  }

  #listen(): number {
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data() {},
        open: (socket) => {
          this.#tell = (line) => void socket.write(line);
          for (const line of this.#untold.splice(0)) socket.write(line);
        },
      },
    });
    this.#tell = (line) => void this.#untold.push(line);
    this.#stopListening = () => listener.stop(true);
    return listener.port;
  }

  async #follow(): Promise<void> {
    for await (const text of linesOf(this.#child.stdout)) {
      // An engine says things of its own.
      if (!text.startsWith("{")) continue;
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
    this.#tell(`${JSON.stringify({ n, call, args })}\n`);
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
    this.#stopListening();
  }
}
