// Every no that a game can get from this client: the server's own, by their stable names, and five of the client's.
import type { ErrorFrame, RefusalName } from "./wire.ts";

/**
 * `timeout`: no answer within `ackMs`, and the request is not taken back. `queue_full`: too much waits for the line. `over`: the room is over
 * for this client. `unknown`: the server could not tell whether it happened, or each of five lines that it was said on ended (it is too large, as a rule). `unreachable`: no line could be opened.
 */
export type ErrorCode = RefusalName | "timeout" | "queue_full" | "over" | "unknown" | "unreachable";

/** A request that was not carried out, or of which nobody knows. */
export class PartylineError extends Error {
  /** A stable name. */
  declare readonly code: ErrorCode;
  /** Whether the same request may do better later. */
  declare readonly retry: boolean;
  /** The `type` of the request that failed. */
  declare readonly request: string | undefined;
  /** Milliseconds to wait before asking again. */
  declare readonly retryAfterMs: number | undefined;
  /** Of a `send` to several: who was not there. The others got it. */
  declare readonly missing: readonly string[] | undefined;

  constructor(code: ErrorCode, more: Pick<Partial<ErrorFrame>, "message" | "request"> = {}) {
    // Parts of the names after which the same request may do better later; a test holds them to the server's own table.
    const retry = /_full|[mt]_not|locked|no_room|taken|too_s|many_[ra]|kept|drain|reach/.test(code);
    super(more.message ?? code);
    Object.assign(this, more, { name: "PartylineError", code, retry });
  }
}
