// How large frames can be: what a line may be told at once, and what a client's buffer has to hold [P14][L37].
import { WIRE } from "./table.ts";

const KiB = 1024;

/** A frame that is relayed is larger than the one that brought it, by the id of its sender and its number: 292 bytes at most [P14]. */
export const RELAYED_EXTRA_BYTES_MAX = 320;
/** A name or an id, in quotes and with its comma: 64 characters of up to 4 bytes. */
const NAME_BYTES_MAX = 4 * Math.max(WIRE.nameCharsMax, WIRE.clientIdCharsMax) + 4;
/** A member in `joined`: its id twice, its name, its data, and what stands around them. */
export const MEMBER_BYTES_MAX = 3 * NAME_BYTES_MAX + WIRE.playerBytesMax + 52;
/** What stands around the private data of a member in `joined`, its id included. */
export const PRIVATE_AROUND_BYTES = NAME_BYTES_MAX + 24;
/** A timer in `joined`: its name, its label, three times, and what stands around them. */
const TIMER_BYTES_MAX = 2 * NAME_BYTES_MAX + 160;
/** A poll in `joined`: its options, its counts, the own answer, and what stands around them. */
const POLL_BYTES_MAX =
  2 * NAME_BYTES_MAX + WIRE.optionsMax * (4 * WIRE.optionCharsMax + 12) + 8 * WIRE.answerCharsMax + 400;
/**
 * What `joined` has besides members: the state, the session (500 characters of notes, two titles), the own name, the id of the request, timers,
 * all private data, polls, and the texts of answers, of which each character may be escaped.
 */
const ROOM_BYTES_MAX =
  WIRE.stateBytesMax +
  8 * KiB +
  NAME_BYTES_MAX +
  WIRE.timersMax * TIMER_BYTES_MAX +
  WIRE.privatesBytesMax +
  WIRE.pollsMax * POLL_BYTES_MAX +
  2 * WIRE.textsBytesMax;
/** All that a history can hold: 256 Ki characters of bodies of up to 3 bytes, and what stands around 512 of them. */
const MISSED_BYTES_MAX = 3 * 256 * KiB + WIRE.historyMax * 640;

/** The largest `joined` of a room with so many members, in bytes [L37]. `missed`: with all that a member can have missed. */
export function joinedBytesMax(members: number, missed: "with missed" | "alone"): number {
  return ROOM_BYTES_MAX + members * MEMBER_BYTES_MAX + (missed === "alone" ? 0 : MISSED_BYTES_MAX);
}

/** The largest frame that is no `joined`, in bytes: one that is relayed, or an event that names all players [P14]. */
export function otherFrameBytesMax(frameBytesMax: number, members: number): number {
  return Math.max(frameBytesMax + RELAYED_EXTRA_BYTES_MAX, 4 * KiB + members * NAME_BYTES_MAX);
}
