// What one address may ask by plain HTTP: so many requests a second, five times as many with a token, ten times as many for what browsers load. A page that does not belong here pays
// from buckets of its own, since its visitor knows nothing of it and must not be shut out by it [H11].
import { Buckets, Rings } from "./bucket.ts";

/** Seconds of its rate that an address may ask at once: a page that opens, a scraper that comes back [H11]. */
const BURST_SECONDS = 5;
/** How much more a request may that brings a token; a token that turns out to be none costs as much [H11]. */
const TOKEN_FACTOR = 5;

/**
 * How much more of pages and files: a school of 300 phones behind one address loads a page of four files within a minute, and nine phones a
 * game of 80 at once, 720 of a burst of 1,000 [H23].
 */
const FILES_FACTOR = 10;

/** A request, as far as its price is concerned. */
export interface Asked {
  readonly address: string;
  /** `token`: it brings one, which nobody has looked at yet. `login`: it asks for one. `browser`: for a page or a file. */
  readonly by: "stranger" | "token" | "login" | "browser";
  /** The page that does not belong here: its origin, or "" where a browser says only that there is one; null: none. */
  readonly foreign: string | null;
}

export type RequestBucket = "http" | "http_token" | "http_login" | "http_foreign" | "http_files";

export interface Dry {
  readonly bucket: RequestBucket;
  readonly retryAfterMs: number;
}

export class Requests {
  readonly #strangers: Rings;
  readonly #tokens: Rings;
  /** Apart from the others: an operator gets a token while a neighbour's page asks too much. */
  readonly #logins: Rings;
  /** What a browser loads: no game's pages shut its address out of the API. */
  readonly #files: Rings;
  /** By address: a script can say any origin it likes. */
  readonly #visitors: Rings;
  readonly #origins: Buckets;

  /** @param perSecond Infinity: nobody is refused */
  constructor(perSecond: number) {
    this.#strangers = new Rings(perSecond, BURST_SECONDS);
    this.#tokens = new Rings(perSecond * TOKEN_FACTOR, BURST_SECONDS);
    this.#logins = new Rings(perSecond, BURST_SECONDS);
    this.#files = new Rings(perSecond * FILES_FACTOR, BURST_SECONDS);
    this.#visitors = new Rings(perSecond, BURST_SECONDS);
    this.#origins = new Buckets({ perSecond, burst: perSecond * BURST_SECONDS });
  }

  /** Takes one for this request; or says which bucket is dry, and for how long. */
  take({ address, by, foreign }: Asked, now: number): Dry | null {
    if (foreign !== null) return this.#takeForeign(foreign, address, now);
    switch (by) {
      case "stranger":
        return dry("http", this.#strangers.takeOrWaitMs(address, now));
      case "token":
        return dry("http_token", this.#tokens.takeOrWaitMs(address, now));
      case "login":
        return dry("http_login", this.#logins.takeOrWaitMs(address, now));
      case "browser":
        return dry("http_files", this.#files.takeOrWaitMs(address, now));
      default:
        return by satisfies never;
    }
  }

  /** The token was none: it costs what it was ahead of strangers for. */
  badToken(address: string, now: number): void {
    this.#tokens.take(address, TOKEN_FACTOR - 1, now);
  }

  /** Forgets those whose buckets are full: called now and then. */
  prune(now: number): void {
    const all = [this.#strangers, this.#tokens, this.#logins, this.#files, this.#visitors, this.#origins];
    for (const ring of all) ring.prune(now);
  }

  #takeForeign(origin: string, address: string, now: number): Dry | null {
    const isPaid = origin === "" || this.#origins.tryTake(origin, 1, now);
    return dry(
      "http_foreign",
      isPaid ? this.#visitors.takeOrWaitMs(address, now) : this.#origins.waitMs(origin, 1, now),
    );
  }
}

function dry(bucket: RequestBucket, retryAfterMs: number): Dry | null {
  return retryAfterMs === 0 ? null : { bucket, retryAfterMs };
}
