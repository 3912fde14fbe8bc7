// One call of a webhook: to an address that was looked at, once, with an end. Of the answer nothing is read but its status and when to come
// back, so it may say as much as it likes, or nothing [W11]. Bun calls on a thread of its own: no handshake takes the loop's time.
import type { Clock } from "../../clock.ts";
import type { Reachable } from "../../limits/reach.ts";
import { addressesOf, hostOf, type Lookup, pinned, Unreachable } from "./target.ts";

/** How long a call may take, its name's look-up included. */
export const CALL_MS = 10_000;
/** The longest that an answer can put off the next try. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/** What came of a call. */
export interface Outcome {
  /** null: there was no answer. */
  readonly status: number | null;
  /** Why it was no success, in words; null: it was one. */
  readonly problem: string | null;
  /** When the answer wishes to be asked again; 0: it does not say. */
  readonly retryAfterMs: number;
}

export interface Letter {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Which of its addresses is called, where it has several: another one at each try. */
  readonly tries: number;
}

interface SenderDeps {
  readonly clock: Clock;
  readonly reachable: Reachable;
  readonly resolve: Lookup;
  /** Certificates that are trusted besides; tests have their own. */
  readonly ca?: string;
}

export class Sender {
  constructor(private readonly deps: SenderDeps) {}

  /** Makes the call; never rejects. @param end ends it before its time */
  async send(letter: Letter, end: AbortSignal): Promise<Outcome> {
    const ending = new AbortController();
    const abort = () => ending.abort();
    end.addEventListener("abort", abort);
    const cancel = this.deps.clock.after(CALL_MS, abort);
    try {
      return await this.#call(letter, ending.signal);
    } catch (error) {
      const problem = ending.signal.aborted ? `no answer within ${CALL_MS / 1000} s` : problemOf(error);
      return { status: null, problem, retryAfterMs: 0 };
    } finally {
      cancel();
      end.removeEventListener("abort", abort);
      // Hangs up: what the answer says besides nobody wants to know.
      ending.abort();
    }
  }

  async #call({ url, headers, body, tries }: Letter, signal: AbortSignal): Promise<Outcome> {
    const { reachable, resolve, ca } = this.deps;
    const addresses = await Promise.race([addressesOf(url, reachable, resolve), aborted(signal)]);
    const address = addresses[tries % addresses.length] ?? "";
    const { status, headers: said } = await fetch(pinned(url, address), {
      method: "POST",
      headers: { ...headers, host: url.host },
      body,
      signal,
      redirect: "manual",
      keepalive: false,
      decompress: false,
      // The certificate must be that of the name, though the connection goes to an address.
      tls: { serverName: hostOf(url), ...(ca !== undefined && { ca }) },
    });
    return { status, problem: problemOfStatus(status), retryAfterMs: retryAfterMs(said.get("retry-after")) };
  }
}

function problemOfStatus(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? `it answered ${status}, and no redirect is followed` : `it answered ${status}`;
}

/** Seconds alone, which Discord has with a point: a date would be as wrong as the clocks are apart. */
function retryAfterMs(text: string | null): number {
  if (text === null || !/^\d{1,9}(\.\d{1,9})?$/.test(text)) return 0;
  return Math.min(Math.ceil(Number(text) * 1000), RETRY_AFTER_MS_MAX);
}

const CERTIFICATE = /^(ERR_TLS|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/;

/** In words of our own: what the runtime says holds addresses. */
function problemOf(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (CERTIFICATE.test(code)) return "its certificate is not good";
  return code === "ECONNREFUSED" || code === "ConnectionRefused"
    ? "nobody listens there"
    : "no connection, or no answer by HTTP";
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });
}
