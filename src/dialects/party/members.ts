// Pieces of a frame that many frames have, as text.
import type { Asked } from "../../protocol/commands.ts";
import type { Done } from "../../protocol/events.ts";

/** The number of what a room with history is told. */
export function seqMember(seq: number | null): string {
  return seq === null ? "" : `,"seq":${seq}`;
}

/** The ref of the request that is answered. */
export function refMember(asked: Asked | undefined): string {
  return asked?.ref === undefined ? "" : `,"id":${JSON.stringify(asked.ref)}`;
}

export function quoted(text: string | null): string {
  return JSON.stringify(text);
}

/** What became of the requests of a seat that is taken up again [P16]. */
export function doneMembers(done: Done | undefined): string {
  if (done === undefined) return "";
  const undone = done.undone.length === 0 ? "" : `,"undone":${JSON.stringify(done.undone)}`;
  return `,"done":${JSON.stringify(done.last)}${undone}`;
}
