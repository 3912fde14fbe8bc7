// Every bound of a link between two nodes, with why it is what it is.

const KiB = 1024;
const MiB = 1024 * KiB;

/** Chars are what a string counts, bytes are UTF-8. */
export const LINK = {
  /** Of one packet, unless one frame is longer: what a turn says costs the engine one PUBLISH, and a larger one would hold up the others' turn. */
  packetChars: 64 * KiB,
  /** Until what was taken is acknowledged alone: a node that answers has said something by then. */
  ackMs: 50,
  /** Until all that is unacknowledged is said again: twenty times a busy round trip, and an engine that is busy is not made busier. */
  againMs: 400,
  /** The same, after it was doubled for each time that it was in vain. */
  againMsMax: 1_600,
  /** Unacknowledged, past which the way is full: whoever feeds it is to wait. */
  fullBytes: MiB,
  /** Unacknowledged, below which it is not full any more: far enough from the other mark that reads are not paused and resumed all the time. */
  roomBytes: 256 * KiB,
  /** Unacknowledged, past which those wait too whose words others of their rooms would hear by that way: half of what breaks the link. */
  jammedBytes: 4 * MiB,
  /** So long after the last acknowledgement nobody waits for that any more: longer than a node goes on without the engine, and a node that hangs holds up no room. */
  jammedMs: 5_000,
  /** Unacknowledged, past which the link is broken: what a node that hangs may cost each of the others in memory. */
  brokenBytes: 8 * MiB,
  /** With nothing acknowledged, after which the link is broken: as long as a node without the engine keeps its lines waiting. */
  silentMs: 60_000,
  /** Between two looks at who has said nothing since the last: it says that it is there, and a side that has forgotten the link answers so. */
  quietMs: 15_000,
} as const;
