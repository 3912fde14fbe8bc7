// Opens a port, and sends each request to the fixed paths, to a WebSocket's upgrade or to neither. One process may have two ports, which
// share everything but the dialect that a path speaks.
import type { Server, WebSocketHandler } from "bun";
import type { Config } from "../config.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { HTTP_BODY_BYTES_MAX } from "../limits/table.ts";
import { addressOf, callerOf, type Proxies } from "./caller.ts";
import type { Faults } from "./faults.ts";
import { refused } from "./http/answer.ts";
import { foreignPage, type GateDeps, labelFor, labelOf, OTHER, sealed, toll } from "./http/gate.ts";
import { notFound } from "./http/misses.ts";
import { metrics as figures, health, notRead, ready } from "./http/ops.ts";
import { isPage } from "./http/pages.ts";
import { elsewhere, type HttpDeps, isFixed, misdirected, pathOf, route, wantsSocket } from "./http/routes.ts";
import type { SocketLine } from "./line.ts";
import { markSeldom, seldom } from "./seldom.ts";
import { isAllowed, type UpgradeDeps, upgrade } from "./upgrade.ts";

/** What a WebSocket is answered with, by Bun. */
const SWITCHED = 101;

export interface ListenDeps {
  readonly config: Pick<Config, "host" | "trust">;
  readonly http: HttpDeps & GateDeps;
  readonly upgrades: UpgradeDeps;
  readonly sockets: WebSocketHandler<SocketLine>;
  readonly faults: Faults;
  readonly proxies: Proxies;
}

/**
 * Listens.
 * @param dialectAt what a WebSocket on that path speaks
 * @throws {Error} when the port cannot be had
 */
export function listen(port: number, dialectAt: (path: string) => Dialect | null, deps: ListenDeps) {
  const { config, http, upgrades, sockets, faults, proxies } = deps;
  const { metrics } = http;

  function upgraded(request: Request, server: Listening, path: string): Response | undefined {
    return misdirected(path) ?? upgrade(request, server, dialectAt(path), upgrades);
  }

  function asked(request: Request, server: Listening, path: string | null): Response | Promise<Response> {
    if (path === null) return refused(400, "Malformed URL");
    const dry = toll(request, path, () => addressOf(request, server, config.trust), http);
    if (dry !== null) return dry;
    const caller = () => callerOf(request, server, config.trust, () => foreignPage(request, http) !== null);
    return route(request, path, caller, http) ?? elsewhere(request, path, caller, http);
  }

  markSeldom();
  seldom(upgraded, upgrade, isAllowed, misdirected, pathOf, wantsSocket, isFixed, isPage, labelFor, addressOf);
  seldom(proxies.note);
  return Bun.serve<SocketLine>({
    port,
    ...at(config.host),
    // Otherwise two servers share the port without a word, and a room is found by half of its phones.
    reusePort: false,
    // Otherwise an error page prints the source.
    development: false,
    // Twice what is taken: what is a little too long gets an answer in words, what is far too long is cut off by Bun.
    maxRequestBodySize: 2 * HTTP_BODY_BYTES_MAX,
    fetch: seldom((request: Request, server: Listening) => {
      proxies.note(request);
      const path = pathOf(request);
      const isUpgrade = path !== null && wantsSocket(request) && !isFixed(path);
      const label = labelFor(path, isUpgrade, http);
      const answer = isUpgrade ? upgraded(request, server, path) : asked(request, server, path);
      if (answer instanceof Promise) return answer.then((late) => sealed(late, label, metrics));
      if (answer !== undefined) return sealed(answer, label, metrics);
      metrics.requested(label, SWITCHED);
      return undefined;
    }),
    error(error) {
      const failed = http.files?.failed(error) ?? null;
      if (failed === null) faults.caught(error, "a request");
      return sealed(failed ?? refused(500, "Internal error"), OTHER, metrics);
    },
    websocket: sockets,
  });
}

/**
 * Listens on the port of the figures: they, and what a load balancer asks, and nothing else [H13].
 * @throws {Error} when the port cannot be had
 */
export function listenForFigures(port: number, { config, http, faults }: Omit<ListenDeps, "sockets" | "upgrades">) {
  const answers: Readonly<Record<string, () => Response | Promise<Response>>> = {
    "/metrics": () => figures(http),
    "/health": health,
    "/ready": () => ready(http),
  };
  return Bun.serve({
    port,
    ...at(config.host),
    reusePort: false,
    development: false,
    async fetch(request) {
      const path = pathOf(request) ?? "";
      const isRead = request.method === "GET" || request.method === "HEAD";
      const answer = answers[path];
      if (answer === undefined) return sealed(notFound(path), OTHER, http.metrics);
      return sealed(isRead ? await answer() : notRead(), labelOf(path), http.metrics);
    },
    error(error) {
      faults.caught(error, "a request");
      return sealed(refused(500, "Internal error"), OTHER, http.metrics);
    },
  });
}

/** Why the port could not be had right now; null: it could. */
export function portProblem({ port, host }: Pick<Config, "port" | "host">): unknown {
  try {
    void Bun.serve({ port, ...at(host), reusePort: false, fetch: notRead }).stop(true);
    return null;
  } catch (error) {
    return error;
  }
}

/** Without a name Bun takes every address of the machine, and IPv4 alone where there is no IPv6; with `::` it would not start there. */
function at(host: string): { hostname?: string } {
  return host === "::" ? {} : { hostname: host };
}

export type Listening = Server<SocketLine>;
