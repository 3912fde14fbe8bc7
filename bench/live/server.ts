// The server for a bench of game nights: our own, its rates lifted, with a key that the load knows.

import { CONTESTANTS } from "../contestants.ts";
import { type ServerProcess, startServer } from "../serverProcess.ts";
import { ADMIN_KEY } from "./client.ts";

/** Starts it on the core that `prefix` says. @param env on top of what every contestant gets */
export function startPartyline(prefix: string[], env: Record<string, string> = {}): Promise<ServerProcess> {
  const partyline = CONTESTANTS.find(({ name }) => name === "partyline");
  if (partyline === undefined) throw new Error("there is no partyline to start");
  return startServer({ ...partyline, env: { ...partyline.env, ADMIN_KEY, ...env } }, prefix);
}

/** One figure of /metrics; NaN when there is none. */
export async function metric(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}
