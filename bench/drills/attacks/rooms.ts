// Attacks by members of the attacker's own rooms: what is handed out, left unread, kept, and written to the sessions' log.

import { repeated, textFrame } from "../../client/frames.ts";
import type { Line } from "../../client/line.ts";
import { type Attack, codeOf, messageOf, type Pool, type Room } from "./attack.ts";
import type { Kind } from "./kind.ts";

/** What a member may send: 256 KiB and 60 frames a second, in ten beats. */
const FULL_RATE = repeated(messageOf(4_200), 6);
/** About as large as a frame may be, and one byte more than it may. */
const LARGE = messageOf(65_000);
const TOO_LARGE = textFrame("x".repeat(65_537));
const OWN = { type: "set_player", data: "p".repeat(4_000) };
const CJK = "漢";
const PAUSED = ["partyline_pauses_total"];
const WAITS = "partyline_waits_total";

/** Members that come into the room once it has a code. @param more is called for each that has sent its join */
function members(attack: Attack, room: Room, size: number, more: (line: Line) => void): Pool<Line> {
  return attack.lines(size, (line) => {
    line.say({ type: "join", clientId: line.name, room: room.code });
    more(line);
  });
}

/** Hears `joined` or what else is said first, and from then on only counts. */
function counting(line: Line): void {
  const hear = line.onText;
  line.onText = (text) => {
    hear?.(text);
    line.onText = null;
  };
}

function fill(room: Room, pool: Pool<Line>): void {
  room.fill();
  if (room.code !== null) pool.fill();
}

export const ROOMS: readonly Kind[] = [
  {
    name: "unread",
    about:
      "a room of 100 whose members send all they may and read nothing; every five seconds they look up and come back",
    // 1006: who is closed, reads nothing and writes on resets the connection itself, and loses the code with what it had not read.
    ...{ codes: [4102, 4104, 1006], signs: PAUSED },
    begin(attack) {
      const room = attack.room({ maxClients: 100 });
      const pool = members(attack, room, 99, (line) => line.sleep());
      return (n) => {
        fill(room, pool);
        if (n % 50 === 49) attack.wake();
        else for (const line of pool.here) line.sleep();
        attack.bytesOut += pool.write(n % 3 === 0 ? LARGE : new Uint8Array());
      };
    },
  },
  {
    name: "join-storm",
    about: "ten lines join and leave 30 times a second where a `joined` is 400 KB (85 members with 4 KB of their own)",
    ...{ codes: [4101, 4102], signs: [WAITS] },
    begin(attack) {
      const room = attack.room({ maxClients: 100, state: "s".repeat(16_000) });
      const crowd = members(attack, room, 85, (line) => {
        counting(line);
        line.say(OWN);
      });
      const loopers = attack.lines(10, (line) => counting(line));
      return () => {
        fill(room, crowd);
        if (crowd.here.size > 0) loopers.fill();
        for (const line of loopers.here) {
          const join = textFrame(JSON.stringify({ type: "join", clientId: line.name, room: room.code }));
          const both = Buffer.concat([join, textFrame('{"type":"leave"}')]);
          if (!line.isClogged) line.write(repeated(both, 3));
        }
      };
    },
  },
  {
    name: "full-rate",
    about: "a room of 100 in which everybody sends 60 frames and 250 KB a second, and reads",
    ...{ codes: [4101, 4102], signs: PAUSED },
    begin(attack) {
      const room = attack.room({ maxClients: 100 });
      const pool = members(attack, room, 99, counting);
      return () => {
        fill(room, pool);
        attack.bytesOut += pool.write(FULL_RATE);
      };
    },
  },
  {
    name: "big-frames",
    about:
      "four rooms of 8 that send frames of 65,000 bytes as often as they may, and one line after the other a larger one",
    ...{ codes: [1009, 4101, 4102], signs: PAUSED },
    begin(attack) {
      const rooms = Array.from({ length: 4 }, () => attack.room({ maxClients: 8 }));
      const pools = rooms.map((room) => members(attack, room, 7, counting));
      const stray = attack.lines(1, (line) => line.write(TOO_LARGE));
      return (n) => {
        if (n % 10 === 0) stray.fill();
        for (const [at, room] of rooms.entries()) {
          const pool = pools[at] as Pool<Line>;
          fill(room, pool);
          attack.bytesOut += room.host.write(LARGE) + (n % 2 === 0 ? pool.write(LARGE) : 0);
        }
      };
    },
  },
  {
    name: "kept",
    about:
      "20 rooms that keep all they may, in characters of two bytes: state, history, and seats that wait with data of their own",
    ...{ codes: [4101, 4102], signs: ['partyline_limited_total{bucket="kept"}'] },
    begin(attack) {
      const options = { maxClients: 100, away: 600, history: 512, state: CJK.repeat(5_400) };
      const own = { type: "set_player", data: CJK.repeat(1_300) };
      const rooms = Array.from({ length: 20 }, () => attack.room(options));
      const pools = rooms.map((room) => members(attack, room, 8, (line) => line.say(own)));
      const kept = messageOf(30_000, CJK);
      return (n) => {
        for (const [at, room] of rooms.entries()) {
          if ((n + at) % 10 !== 0) continue;
          const pool = pools[at] as Pool<Line>;
          // Who has held a seat for more than 5 s goes, and leaves it for as long as the room keeps one.
          if ((n + at) % 60 === 0) pool.drop();
          fill(room, pool);
          attack.bytesOut += room.host.write(kept);
        }
      };
    },
  },
  {
    name: "sessions",
    about: "ten rooms that begin and end sessions and games all the time, and votes that change with every frame",
    ...{ codes: [4101, 4102], signs: [WAITS] },
    begin(attack) {
      const steps = [
        ...[
          { type: "session.start", notes: "€".repeat(500) },
          { type: "game.add", title: "€".repeat(100) },
        ],
        ...["game.start", "game.end", "game.add", "session.end"].map((type) => ({ type, title: "spam" })),
      ];
      const rooms = Array.from({ length: 10 }, () => attack.room({ maxClients: 4 }));
      const voters = rooms.map((room) => members(attack, room, 3, () => {}));
      return (n) => {
        for (const [at, room] of rooms.entries()) {
          fill(room, voters[at] as Pool<Line>);
          for (const line of room.host.here) if (!line.isClogged) line.say(steps[n % steps.length] as object);
          const vote = { type: "vote", vote: n % 2 === 0 ? "up" : "down" };
          for (const line of voters[at]?.here ?? []) if (!line.isClogged) line.say(vote);
        }
      };
    },
  },
  {
    name: "guesses",
    about: "ten lines that try 20 codes a second each, and what there is to guess by HTTP: codes and admin keys",
    ...{ codes: [4101], signs: [WAITS] },
    begin(attack) {
      const lines = attack.lines(10, () => {});
      let tried = 0;
      const wires = attack.wires(5, (wire) => {
        const key = `{"key":"${codeOf(++tried)}"}`;
        const login = `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: ${key.length}\r\n\r\n${key}`;
        const probe = `GET /room/${codeOf(++tried)} HTTP/1.1\r\nHost: x\r\n\r\n`;
        wire.write(Buffer.from(tried % 5 === 0 ? login : probe));
      });
      return () => {
        lines.fill();
        wires.fill(5);
        for (const line of lines.here) {
          for (let i = 0; i < 2 && !line.isClogged; i++) {
            line.say({ type: "join", clientId: "guesser", room: codeOf(++tried) });
          }
        }
      };
    },
  },
];
