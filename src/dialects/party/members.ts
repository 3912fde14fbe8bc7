// Pieces of a frame that many frames have, as text.
import type { Asked } from "../../protocol/commands.ts";

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
