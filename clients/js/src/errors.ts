// Every no that a game can get from this client: the server's own, by their stable names, and five of the client's.
import type { ErrorFrame, RefusalName } from "./wire.ts";

/**
 * `timeout`: no answer within `ackMs`, and the request is not taken back. `queue_full`: too much waits for the line. `over`: the room is over
 * for this client. `unknown`: the server could not tell whether it happened. `unreachable`: no line could be opened.
 */
export type ErrorCode = RefusalName | "timeout" | "queue_full" | "over" | "unknown" | "unreachable";

/** Nos of the server after which the same request may do better later. */
const RETRY =
  /^(room_(not_found|full|locked)|no_room|target_not_found|code_taken|too_many|server_full|draining|not_kept|vote_too_soon)/;

/** A request that was not carried out, or of which nobody knows. */
export class PartylineError extends Error {
  override readonly name = "PartylineError";
  /** Whether the same request may do better later. */
  readonly retry: boolean;
  /** The `type` of the request that failed. */
  readonly request: string | undefined;
  /** Milliseconds to wait before asking again. */
  readonly retryAfterMs: number | undefined;
  /** Of a `send` to several: who was not there. The others got it. */
  readonly missing: readonly string[] | undefined;

  constructor(
    /** A stable name. */
    readonly code: ErrorCode,
    message: string,
    more: Pick<Partial<ErrorFrame>, "request" | "retryAfterMs" | "missing"> = {},
  ) {
    super(message);
    this.retry = code === "queue_full" || code === "unreachable" || RETRY.test(code);
    this.request = more.request;
    this.retryAfterMs = more.retryAfterMs;
    this.missing = more.missing;
  }
}

/** The server's no as an error. */
export function refused(frame: ErrorFrame): PartylineError {
  return new PartylineError(frame.code, frame.message, frame);
}
