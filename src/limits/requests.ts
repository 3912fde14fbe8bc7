// What one address may ask by plain HTTP: so many requests a second, five times as many with a token. A page that does not belong here pays
// from buckets of its own, since its visitor knows nothing of it and must not be shut out by it [H11].
import { Buckets, type Rate } from "./bucket.ts";

/** Seconds of its rate that an address may ask at once: a page that opens, a scraper that comes back [H11]. */
const BURST_SECONDS = 5;
/** How much more a request may that brings a token; a token that turns out to be none costs as much [H11]. */
const TOKEN_FACTOR = 5;

/** A request, as far as its price is concerned. */
export interface Asked {
  readonly address: string;
  /** `token`: it brings one, which nobody has looked at yet. `login`: it asks for one. */
  readonly by: "stranger" | "token" | "login";
  /** The page that does not belong here: its origin, or "" where a browser says only that there is one; null: none. */
  readonly foreign: string | null;
}

export type RequestBucket = "http" | "http_token" | "http_login" | "http_foreign";

export interface Dry {
  readonly bucket: RequestBucket;
  readonly retryAfterMs: number;
}

export class Requests {
  readonly #strangers: Buckets;
  readonly #tokens: Buckets;
  /** Apart from the others: an operator gets a token while a neighbour's page asks too much. */
  readonly #logins: Buckets;
  /** By address: a script can say any origin it likes. */
  readonly #visitors: Buckets;
  readonly #origins: Buckets;

  /** @param perSecond Infinity: nobody is refused */
  constructor(perSecond: number) {
    const rate = (factor: number): Rate => {
      return { perSecond: perSecond * factor, burst: perSecond * factor * BURST_SECONDS };
    };
    this.#strangers = new Buckets(rate(1));
    this.#tokens = new Buckets(rate(TOKEN_FACTOR));
    this.#logins = new Buckets(rate(1));
    this.#visitors = new Buckets(rate(1));
    this.#origins = new Buckets(rate(1));
  }

  /** Takes one for this request; or says which bucket is dry, and for how long. */
  take({ address, by, foreign }: Asked, now: number): Dry | null {
    if (foreign !== null) {
      const isPaid = foreign === "" || this.#origins.tryTake(foreign, 1, now);
      if (!isPaid) return { bucket: "http_foreign", retryAfterMs: this.#origins.waitMs(foreign, 1, now) };
      return this.#takeFrom(this.#visitors, "http_foreign", address, now);
    }
    switch (by) {
      case "stranger":
        return this.#takeFrom(this.#strangers, "http", address, now);
      case "token":
        return this.#takeFrom(this.#tokens, "http_token", address, now);
      case "login":
        return this.#takeFrom(this.#logins, "http_login", address, now);
      default:
        return by satisfies never;
    }
  }

  /** The token was none: what it was ahead of others for is taken back. */
  badToken(address: string, now: number): void {
    this.#tokens.tryTake(address, TOKEN_FACTOR - 1, now);
  }

  /** Forgets those whose buckets are full: called now and then. */
  prune(now: number): void {
    for (const buckets of [this.#strangers, this.#tokens, this.#logins, this.#visitors, this.#origins])
      buckets.prune(now);
  }

  #takeFrom(buckets: Buckets, bucket: RequestBucket, address: string, now: number): Dry | null {
    if (buckets.tryTake(address, 1, now)) return null;
    return { bucket, retryAfterMs: buckets.waitMs(address, 1, now) };
  }
}
