// What one address may ask by plain HTTP: so many requests a second, five times as many with a token. A page that does not belong here pays
// from buckets of its own, since its visitor knows nothing of it and must not be shut out by it [H11].
import { ADDRESSES_PER_NETWORK, networkAround } from "./address.ts";
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

/** A bucket for each address, and one for the network around it, from which its addresses take as well. */
class Ring {
  readonly #addresses: Buckets;
  readonly #networks: Buckets;

  constructor(perSecond: number) {
    const rate = (factor: number): Rate => {
      return { perSecond: perSecond * factor, burst: perSecond * factor * BURST_SECONDS };
    };
    this.#addresses = new Buckets(rate(1));
    this.#networks = new Buckets(rate(ADDRESSES_PER_NETWORK));
  }

  /** Takes one; or answers how long there is none, in ms. 0: it is taken. */
  takeOrWaitMs(address: string, now: number): number {
    if (!this.#addresses.tryTake(address, 1, now)) return this.#addresses.waitMs(address, 1, now);
    const network = networkAround(address);
    return this.#networks.tryTake(network, 1, now) ? 0 : this.#networks.waitMs(network, 1, now);
  }

  /** Takes so many more, ahead of time where they are not there. */
  charge(address: string, amount: number, now: number): void {
    this.#addresses.take(address, amount, now);
    this.#networks.take(networkAround(address), amount, now);
  }

  prune(now: number): void {
    this.#addresses.prune(now);
    this.#networks.prune(now);
  }
}

export class Requests {
  readonly #strangers: Ring;
  readonly #tokens: Ring;
  /** Apart from the others: an operator gets a token while a neighbour's page asks too much. */
  readonly #logins: Ring;
  /** By address: a script can say any origin it likes. */
  readonly #visitors: Ring;
  readonly #origins: Buckets;

  /** @param perSecond Infinity: nobody is refused */
  constructor(perSecond: number) {
    this.#strangers = new Ring(perSecond);
    this.#tokens = new Ring(perSecond * TOKEN_FACTOR);
    this.#logins = new Ring(perSecond);
    this.#visitors = new Ring(perSecond);
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
      default:
        return by satisfies never;
    }
  }

  /** The token was none: it costs what it was ahead of strangers for. */
  badToken(address: string, now: number): void {
    this.#tokens.charge(address, TOKEN_FACTOR - 1, now);
  }

  /** Forgets those whose buckets are full: called now and then. */
  prune(now: number): void {
    for (const ring of [this.#strangers, this.#tokens, this.#logins, this.#visitors, this.#origins]) ring.prune(now);
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
