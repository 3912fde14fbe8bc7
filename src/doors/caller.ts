// Who sent a request: the address that it counts for, and what is wrong with the way to this port as far as it can be seen from here.
import type { Server } from "bun";
import type { Config } from "../config.ts";
import { clientAddress, foreignPagesAt } from "../limits/address.ts";
import type { Log } from "../log.ts";
import { isLoopback } from "./here.ts";
import type { Caller } from "./http/rooms.ts";
import type { SocketLine } from "./line.ts";

/** Seconds past the longest wait of a probe after which Bun may hang up on it. */
const ANSWER_SLACK_SECONDS = 10;

/** Who sent this request. */
export function callerOf(
  request: Request,
  server: Server<SocketLine>,
  trust: Config["trust"],
  isForeign: () => boolean,
): Caller {
  return {
    // What a page that does not belong here names is no guess of its visitor's [H11].
    address: () => {
      const address = addressOf(request, server, trust);
      return isForeign() ? foreignPagesAt(address) : address;
    },
    // A port for both families shows an IPv4 peer in the dress of the other.
    peer: () => (server.requestIP(request)?.address ?? "").replace(/^::ffff:(?=\d+\.)/i, ""),
    isGone: () => request.signal.aborted,
    // Bun hangs up on a request that is not answered within its idle time: this one is told to wait longer.
    holdOpen: () => server.timeout(request, 0),
    holdMs: (ms) => server.timeout(request, Math.ceil(ms / 1000) + ANSWER_SLACK_SECONDS),
  };
}

/** The address that a request counts for. */
export function addressOf(request: Request, server: Server<SocketLine>, trust: Config["trust"]): string {
  const peer = server.requestIP(request)?.address ?? "";
  const forwardedFor = trust.by === "nobody" ? null : request.headers.get("x-forwarded-for");
  return clientAddress(peer, forwardedFor, trust);
}

/** Looking at a header costs some 3 µs, which is a thirtieth of a connect. */
const LOOK_EVERY = 16;

/**
 * A proxy that nobody named, or a name for one where everyone can come past it: told once, to the operator; nothing is refused for it
 * [H15].
 */
export class Proxies {
  /** Whether there is nothing (more) to be told of requests. */
  #isTold: boolean;
  #requests = 0;

  constructor(
    { trust, host }: Pick<Config, "trust" | "host">,
    private readonly log: Log,
  ) {
    this.#isTold = trust.by !== "nobody";
    // Where networks are named, a header from elsewhere is not believed.
    if (trust.by === "hops" && !isLoopback(host)) {
      log.warn(
        { host },
        "TRUSTED_PROXIES is a number of hops and the port is open to others: who comes past the proxy can say any address; bind HOST to loopback, or name the proxy's network",
      );
    }
  }

  /** Looks at a request that came: at the first, and then at some, since a proxy writes its header into all of them. */
  note({ headers }: Request): void {
    if (this.#isTold || this.#requests++ % LOOK_EVERY !== 0 || !headers.has("x-forwarded-for")) return;
    this.#isTold = true;
    this.log.warn(
      "requests come with X-Forwarded-For and TRUSTED_PROXIES is unset: all behind that proxy count as one address",
    );
  }
}
