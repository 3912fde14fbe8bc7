// Who is compared: a contestant is a server to start, and a way of entering a room: the control reads it from the URL, the others
// speak the wire. The commit before, from another checkout, is a contestant like any other.

import { join } from "node:path";
import { SERVER, ServerProcess } from "../serverProcess.ts";

export type ContestantName = "control" | "partyline" | "before" | "handwritten";

export interface Contestant {
  readonly name: ContestantName;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** True: enters with `create` and `join`. False: enters by its URL alone. */
  readonly joins: boolean;
}

export const ADMIN_KEY = "7c2b91e04f: the key of the benches";
/** The rates are lifted because a saturated room is what they exist to stop. Sizes, depth and liveness stay on. */
const PARTYLINE_ENV = { LIMITS: "off", MAX_CLIENTS: "1000", LOG_LEVEL: "info", ADMIN_KEY };

export function contestantsOf(server: string = SERVER, before?: string): Contestant[] {
  const partyline = { name: "partyline", script: server, env: PARTYLINE_ENV, joins: true } as const;
  if (before !== undefined) return [partyline, { ...partyline, name: "before", script: before }];
  return [
    { name: "control", script: join(import.meta.dir, "control.ts"), env: {}, joins: false },
    partyline,
    { name: "handwritten", script: join(import.meta.dir, "handwritten.ts"), env: {}, joins: true },
  ];
}

export function startContestant({ script, env }: Contestant, prefix: readonly string[]): Promise<ServerProcess> {
  return ServerProcess.start({ script, env, prefix });
}
