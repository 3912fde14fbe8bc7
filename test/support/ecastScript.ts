// The watch of a room over a script: what the directory answers and what lines say comes from the test, on a clock that stands still.
import type { Found } from "../../src/doors/ecast/directory.ts";
import type { LineHeard } from "../../src/doors/ecast/line.ts";
import type { WatchDeps } from "../../src/doors/ecast/ports.ts";
import { RoomWatch } from "../../src/doors/ecast/watch.ts";
import type { View } from "../../src/sessions/ports.ts";
import { ManualClock } from "./clock.ts";

export const ROOM: Extract<Found, { kind: "room" }> = {
  kind: "room",
  host: "play.example",
  isLocked: false,
  facts: { appTag: "quiplash3", minPlayers: 3, maxPlayers: 8 },
};

/** A question to the directory. */
export interface Asked {
  readonly isUrgent: boolean;
  isTakenBack: boolean;
  answer(found: Found): void;
}

/** A line that was dialled. */
export interface ScriptedLine extends LineHeard {
  readonly url: URL;
  isClosed: boolean;
}

export const frame = (opcode: string, result: unknown, pc = 1) => JSON.stringify({ pc, opcode, result });

export const player = (id: number, name: string) => ({ [id]: { id, roles: { player: { name } } } });

/** A welcome with these players, and what is kept of the room. */
export function welcome(players: readonly string[] = [], state: unknown = null, id = 9): string {
  const here = Object.assign({ 1: { id: 1, roles: { host: {} } } }, ...players.map((name, at) => player(at + 2, name)));
  const entities = state === null ? {} : { room: ["object", { key: "room", val: state, version: 1, from: 1 }, {}] };
  return frame("client/welcome", { id, secret: `s${id}`, reconnect: false, here, entities });
}

export function scripted(code = "KLMN") {
  const clock = new ManualClock();
  const asked: Asked[] = [];
  const lines: ScriptedLine[] = [];
  const told: { readonly what: string; readonly view?: View }[] = [];
  const logged: string[] = [];
  const counts = { attempts: 0, framesDropped: 0 };
  const lobby = { isOpen: true };
  const deps: WatchDeps = {
    ...{ clock, counts, random: () => 0.5 },
    ask: (_, isUrgent, heard) => {
      const question: Asked = {
        isUrgent,
        isTakenBack: false,
        answer: (found) => {
          if (!question.isTakenBack) heard(found);
        },
      };
      asked.push(question);
      return () => {
        question.isTakenBack = true;
      };
    },
    dial: (url, heard) => {
      const line: ScriptedLine = { ...heard, url: new URL(url), isClosed: false };
      lines.push(line);
      return {
        close: () => {
          line.isClosed = true;
        },
      };
    },
    allow: (host) => (host.endsWith(".example") ? host : null),
    newUser: () => "user-1",
    urlOf: (host, at, user, pass) =>
      `wss://${host}/${at}?user=${user}&id=${pass?.id ?? ""}&secret=${pass?.secret ?? ""}`,
    log: {
      info: (fields, text) => void logged.push(`${text} ${JSON.stringify(fields)}`),
      warn: (text) => void logged.push(text),
    },
  };
  const watch = new RoomWatch(code, deps, {
    isLobbyOpen: () => lobby.isOpen,
    attached: (view) => void told.push({ what: "attached", view }),
    changed: (view) => void told.push({ what: "changed", view }),
    lost: () => void told.push({ what: "lost" }),
    over: (reason) => void told.push({ what: `over ${reason}` }),
  });
  const last = <T>(list: readonly T[], what: string): T => {
    const one = list.at(-1);
    if (one === undefined) throw new Error(`there is no ${what}`);
    return one;
  };
  /** The question that was asked last. */
  const question = () => last(asked, "question");
  const line = () => last(lines, "line");
  /** What was told since the last look. */
  let seen = 0;
  const news = () => {
    const all = told.slice(seen).map(({ what }) => what);
    seen = told.length;
    return all;
  };
  /** The first attempt, up to a line that waits for its welcome. */
  const connect = () => {
    clock.advance(0);
    question().answer(ROOM);
    return line();
  };
  /** A line that stands, which has welcomed with this. */
  const attach = (text = welcome()) => {
    const attached = connect();
    attached.said(text);
    return attached;
  };
  return { clock, asked, lines, told, logged, counts, lobby, watch, question, line, news, connect, attach };
}
