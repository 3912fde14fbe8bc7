// A game that is played: its host and phones on lines of their own from one address, and a count of what must be heard.

import { textFrame } from "../../client/frames.ts";
import { Line } from "../../client/line.ts";
import { inParallel } from "../../wait.ts";
import type { Game, Talk } from "./games.ts";

const PATIENCE_MS = 10_000;
/** Phones of a game that come in at once. */
const AT_ONCE = 4;

/** Opens a line, says that, and answers the first frame it is told and how long that took. */
export async function enter(url: string, from: string, first: object, name = "phone") {
  const startedAt = performance.now();
  const line = await Line.open(url, name, { from });
  const answer = await ask(line, first);
  return { line, answer, ms: performance.now() - startedAt };
}

/** @throws {Error} where nothing is told within ten seconds */
export async function ask(line: Line, frame: object): Promise<{ type: string; code?: string; room?: string }> {
  const answer = Promise.withResolvers<{ type: string; code?: string; room?: string }>();
  line.onText = (text) => answer.resolve(JSON.parse(text));
  line.say(frame);
  const timer = setTimeout(() => answer.reject(new Error(`${line.name} got no answer`)), PATIENCE_MS);
  return answer.promise.finally(() => clearTimeout(timer));
}

/** Every one who talks in a way, and when its next is due. */
interface Speaker {
  readonly line: Line;
  readonly bytes: Uint8Array;
  readonly everyMs: number;
  readonly hearers: number;
  dueAt: number;
}

export class Table {
  /** Frames that members must hear and have heard, and lines that were closed, by their codes. */
  due = 0;
  heard = 0;
  readonly closes: number[] = [];
  readonly #lines: Line[] = [];
  readonly #speakers: Speaker[] = [];

  private constructor(readonly game: Game) {}

  static async open(url: string, from: string, game: Game): Promise<Table> {
    const table = new Table(game);
    const { line: host, answer } = await enter(url, from, { type: "create", clientId: "host", maxClients: 100 });
    if (answer.type !== "created") throw new Error(`${game.name}: ${JSON.stringify(answer)}`);
    table.#lines.push(host);
    const come = async (i: number) => {
      const { line, answer: told } = await enter(url, from, { type: "join", clientId: `p${i}`, room: answer.room });
      if (told.type !== "joined") throw new Error(`${game.name}: ${JSON.stringify(told)}`);
      table.#lines.push(line);
    };
    await inParallel(game.phones, come, AT_ONCE);
    // Everyone has heard of everyone: from here on only messages come, and they are counted.
    for (const line of table.#lines) await ask(line, { type: "ping", id: "fence" });
    for (const [at, line] of table.#lines.entries()) table.#seat(line, at === 0);
    return table;
  }

  /** Says what is due, each at its own pace. */
  beat(now: number): void {
    for (const speaker of this.#speakers) {
      for (; speaker.dueAt <= now; speaker.dueAt += speaker.everyMs) {
        speaker.line.write(speaker.bytes);
        this.due += speaker.hearers;
      }
    }
  }

  leave(): void {
    for (const line of this.#lines) line.drop();
  }

  #seat(line: Line, isHost: boolean): void {
    line.onText = null;
    line.onFrames = (frames) => {
      this.heard += frames;
    };
    line.onClosed = (code) => this.closes.push(code);
    for (const talk of this.game.talks) {
      if ((talk.by === "host") !== isHost) continue;
      const everyMs = 1000 / talk.perSecond;
      // A clock of its own each, unless it is the moment that all have in common.
      const dueAt = performance.now() + (talk.isAtOnce ? everyMs : Math.random() * everyMs);
      const hearers = talk.to === "host" ? 1 : this.#lines.length - 1;
      this.#speakers.push({ line, bytes: frameOf(talk), everyMs, hearers, dueAt });
    }
  }
}

function frameOf({ to, bytes }: Talk): Uint8Array {
  const data = "x".repeat(bytes - 2);
  if (to === "state") return textFrame(JSON.stringify({ type: "set_state", data }));
  return textFrame(JSON.stringify({ type: "send", data, ...(to === "host" && { to: "host" }) }));
}
