// How a gateway says that a far line's client has read what it was told: whoever tells it much of its own accord, as to a bot that catches up, goes
// by that [T6].
import type { Clock } from "../clock.ts";
import type { FarLine } from "./farLine.ts";
import type { Carrier } from "./ports.ts";

/** A client that has left no more than that has read what it was told; looked at so often until then. */
const UNREAD_BYTES = 64 * 1024;
const LOOK_MS = 10;

interface MarkDeps {
  readonly carrier: Carrier;
  readonly clock: Clock;
}

/** Tells the owner once its client has read what it was told, as far as that can be seen from here. @param upTo what the owner goes by */
export function sayRead(far: FarLine, upTo: string, deps: MarkDeps): void {
  const { line, node, id, isBroken } = far;
  if (!line.isOpen || isBroken) return;
  if (line.unreadBytes > UNREAD_BYTES) deps.clock.after(LOOK_MS, () => sayRead(far, upTo, deps));
  else deps.carrier.say(node, { op: "marked", line: id, arg: "", text: upTo });
}
