// For operators: is the server alive, does it take new guests, what does it count, what is it at all. Knows figures, but no room and no
// session.

import type { Clock } from "../../clock.ts";
import type { Metrics } from "../../metrics.ts";
import { json, refused, text } from "./answer.ts";

export interface OpsDeps {
  readonly metrics: Metrics;
  /** Who may read /metrics: everyone, who brings a token, or (a number) who asks at that port. */
  readonly metricsFor: "open" | "token" | number;
  readonly clock: Clock;
  readonly lines: () => number;
  readonly rooms: () => number;
  readonly isDraining: () => boolean;
}

/** Where one can only look. */
export function notRead(): Response {
  return refused(405, "Method not allowed", { allow: "GET, HEAD" });
}

/** 200 while the process lives [H1]. */
export function health(): Response {
  return json({ status: "ok" });
}

/** 200, or 503 while draining: what a load balancer asks [H2]. */
export function ready({ isDraining }: OpsDeps): Response {
  return isDraining() ? refused(503, "Server is draining", { "retry-after": "5" }) : json({ status: "ok" });
}

/** The Prometheus text format [H3]. */
export async function metrics({ metrics, clock }: Pick<OpsDeps, "metrics" | "clock">): Promise<Response> {
  return text(await metrics.page(clock.wall()), metrics.contentType);
}

/** What a person sees who opens the server in a browser [H5]. */
export function home({ lines, rooms }: OpsDeps): Response {
  return text(
    `Partyline: the relay that a party game plugs into.

Open now: ${lines()} lines, ${rooms()} rooms.

Connect a WebSocket to this address and say
  {"type":"create","clientId":"<a UUID>","maxClients":8}
to open a room, or
  {"type":"join","clientId":"<a UUID>","room":"<the code>"}
to join one. docs/wire.md of the project shows the whole wire; SPEC.md has its rules.
`,
  );
}
