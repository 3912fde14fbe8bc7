// Who is compared: a table of data. A contestant is a command that prints one "listening" line, and a way of entering a
// room: the control reads it from the URL, the other two speak the wire.

import { join } from "node:path";

export type ContestantName = "partyline" | "control" | "handwritten";

export interface Contestant {
  name: ContestantName;
  /** What `bun` is to run, from the root of the repository. */
  script: string;
  env: Record<string, string>;
  /** True: enters with `create` and `join`. False: enters by its URL alone. */
  joins: boolean;
}

export const ROOT = join(import.meta.dir, "..");

/** The rates are lifted because a saturated room is what they exist to stop. Sizes, depth and liveness stay on. */
const PARTYLINE_ENV = { LIMITS: "off", MAX_CLIENTS: "1000", LOG_LEVEL: "info" };

export const CONTESTANTS: Contestant[] = [
  { name: "control", script: "bench/servers/control.ts", env: {}, joins: false },
  { name: "partyline", script: "server.ts", env: PARTYLINE_ENV, joins: true },
  { name: "handwritten", script: "bench/servers/handwritten.ts", env: {}, joins: true },
];

export function pathFor(contestant: Contestant, room: string, id: string, to: string | null): string {
  if (contestant.joins) return "/";
  return `/?room=${room}&id=${id}${to === null ? "" : `&to=${to}`}`;
}
