// Attacks by lines that need no room: frames as fast as the kernel takes them, and lines that only keep their place.

import { frame, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, repeated, textFrame } from "../../client/frames.ts";
import type { Attack } from "./attack.ts";
import type { Kind } from "./kind.ts";

const FLOODERS = 4;
/** A beat writes so much on each of them, 2.5 MB a second, unless its kernel has not taken the last. */
const CHUNK_BYTES = 256 * 1024;
const PING = textFrame('{"type":"ping"}');
const NOTHING = new Uint8Array();
const CLOSED = 'partyline_closes_total{code="4103"}';
const REFUSED = 'partyline_limited_total{bucket="connects"}';

/** @param first is written when a line is open, `one` again and again */
function flood(name: string, about: string, one: Uint8Array, first = PING): Kind {
  const chunk = repeated(one, Math.floor(CHUNK_BYTES / one.length));
  return {
    ...{ name, about: `${FLOODERS} lines: ${about}`, codes: [4101] },
    signs: ["partyline_pauses_total", 'partyline_closes_total{code="4101"}'],
    begin(attack) {
      const lines = attack.lines(FLOODERS, (line) => {
        line.onText = null;
        line.write(first);
      });
      return () => {
        lines.fill();
        attack.bytesOut += lines.write(chunk);
      };
    },
  };
}

/** A piece of a message: not its last. */
function piece(opcode: number): Uint8Array {
  const bytes = frame(opcode, NOTHING);
  bytes[0] = opcode;
  return bytes;
}

const IDLE = 125;

export const FLOODS: readonly Kind[] = [
  flood("ping-flood", "empty pings", frame(OPCODE_PING, NOTHING)),
  flood("pong-flood", "pongs that nobody asked for", frame(OPCODE_PONG, NOTHING)),
  flood("message-flood", 'the text {"type":"ping"}', PING),
  {
    ...flood("fragment-flood", "a message that never ends, in empty pieces", piece(0), piece(OPCODE_TEXT)),
    signs: [],
    expectedMiss: "Bun 1.4.4 hands pieces of messages to no handler",
  },
  {
    name: "half-frames",
    about: "200 lines that stop in the middle of a message of 60,000 bytes",
    ...{ codes: [4103, 4104], signs: [CLOSED] },
    begin(attack) {
      const half = textFrame("x".repeat(60_000)).subarray(0, 30_000);
      const lines = attack.lines(200, (line) => line.write(half));
      return () => lines.fill();
    },
  },
  {
    name: "roomless",
    about: `${2 * IDLE} lines in no room, half of them on the live socket, that say a word every five seconds`,
    ...{ codes: [4103], signs: [CLOSED] },
    begin(attack) {
      const pools = ["/", "/api/sessions/live"].map((path) => attack.lines(IDLE, (line) => line.write(PING), path));
      return (n) => {
        for (const pool of pools) {
          pool.fill();
          if (n % 50 === 0) attack.bytesOut += pool.write(PING);
        }
      };
    },
  },
  {
    name: "churn",
    about: "100 connects a second, each closed at once",
    ...{ codes: [], signs: [REFUSED] },
    begin(attack) {
      const lines = attack.lines(20, (line) => line.write(PING));
      return () => {
        lines.drop(10);
        lines.fill();
      };
    },
  },
  {
    name: "long-origins",
    about: "200 lines and as many rooms as it gets, each with an Origin of 12,000 characters, twenty new ones a second",
    ...{ codes: [], signs: ['partyline_refusals_total{name="too_many_rooms"}', REFUSED] },
    begin(attack) {
      const headers = `Origin: https://${"a".repeat(12_000)}.example\r\n`;
      const create = (from: Attack) => ({ type: "create", clientId: from.name(), maxClients: 2 });
      const lines = attack.lines(200, (line) => line.say(create(attack)), "/", { from: attack.from, headers });
      return (n) => {
        if (n > 20) lines.drop(2);
        lines.fill();
      };
    },
  },
];
