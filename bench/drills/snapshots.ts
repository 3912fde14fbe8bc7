// What a server says and knows of the snapshot it was started with, seen from outside.

import type { LogLine, ServerProcess } from "../serverProcess.ts";
import type { Crowd } from "./crowd.ts";

/** Its log lines about the snapshot that are no good news, since the n-th line. */
export function complaints(server: ServerProcess, since = 0): LogLine[] {
  const isBad = ({ level }: LogLine) => level === "warn" || level === "error" || level === "fatal";
  return server.logged.slice(since).filter((line) => isBad(line) && /snapshot/i.test(line.text));
}

/** How many of the crowd's rooms it has. */
export async function roomsKnown(server: ServerProcess, crowd: Crowd): Promise<number> {
  const answers = await Promise.all(
    crowd.rooms.map(([host]) => fetch(`${server.http}/room/${host?.place.room ?? ""}`)),
  );
  return answers.filter(({ ok }) => ok).length;
}
