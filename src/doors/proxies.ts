// What is wrong with the way to this port as far as it can be seen: a proxy that nobody named, or a name for one where everyone can come
// past it. Told once, to the operator; nothing is refused for it [H15].
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

export class Proxies {
  /** Whether there is nothing (more) to be told of requests. */
  #isTold: boolean;

  constructor(
    { trust, host }: Pick<Config, "trust" | "host">,
    private readonly log: Log,
  ) {
    this.#isTold = trust.by !== "nobody";
    // Where networks are named, a header from elsewhere is not believed.
    if (trust.by === "hops" && !LOOPBACK.test(host)) {
      log.warn(
        { host },
        "TRUSTED_PROXIES is a number of hops and the port is open to others: who comes past the proxy can say any address; bind HOST to loopback, or name the proxy's network",
      );
    }
  }

  /** Looks at a request that came. */
  note({ headers }: Request): void {
    if (this.#isTold || !headers.has("x-forwarded-for")) return;
    this.#isTold = true;
    this.log.warn(
      "requests come with X-Forwarded-For and TRUSTED_PROXIES is unset: all behind that proxy count as one address",
    );
  }
}
