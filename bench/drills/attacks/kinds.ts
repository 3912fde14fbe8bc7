// The table of the kinds.

import { FLOODS } from "./floods.ts";
import { HTTP } from "./http.ts";
import type { Kind } from "./kind.ts";
import { ROOMS } from "./rooms.ts";

export const KINDS: readonly Kind[] = [...ROOMS, ...FLOODS, ...HTTP];

/** @throws {Error} where there is none of that name */
export function kindOf(name: string): Kind {
  const kind = KINDS.find((one) => one.name === name);
  if (kind !== undefined) return kind;
  throw new Error(`no attack ${name}; there are ${KINDS.map((one) => one.name).join(", ")}`);
}
