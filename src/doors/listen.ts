// A port: what comes in there is a fixed path, a WebSocket or neither. One process may have two of them, which share everything but
// the dialect that a path speaks.
import type { Server, WebSocketHandler } from "bun";
import type { Config } from "../config.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { HTTP_BODY_BYTES_MAX } from "../limits/table.ts";
import type { Faults } from "./faults.ts";
import { refused } from "./http/answer.ts";
import { elsewhere, type HttpDeps, misdirected, pathOf, route, wantsSocket } from "./http/routes.ts";
import type { SocketLine } from "./line.ts";
import { callerOf, type UpgradeDeps, upgrade } from "./upgrade.ts";

interface ListenDeps {
  readonly config: Pick<Config, "host" | "trust">;
  readonly http: HttpDeps;
  readonly upgrades: UpgradeDeps;
  readonly sockets: WebSocketHandler<SocketLine>;
  readonly faults: Faults;
}

/**
 * Listens.
 * @param dialectAt what a WebSocket on that path speaks
 * @throws {Error} when the port cannot be had
 */
export function listen(port: number, dialectAt: (path: string) => Dialect | null, deps: ListenDeps) {
  const { config, http, upgrades, sockets, faults } = deps;
  return Bun.serve<SocketLine>({
    port,
    // Without a name Bun takes every address of the machine, and IPv4 alone where there is no IPv6; with `::` it would not start there.
    ...(config.host === "::" ? {} : { hostname: config.host }),
    // Otherwise two servers share the port without a word, and a room is found by half of its phones.
    reusePort: false,
    // Otherwise an error page prints the source.
    development: false,
    // Twice what is taken: what is a little too long gets an answer in words, what is far too long is cut off by Bun.
    maxRequestBodySize: 2 * HTTP_BODY_BYTES_MAX,
    fetch(request, server) {
      const path = pathOf(request);
      if (path === null) return refused(400, "Malformed URL");
      const fixed = route(request, path, () => callerOf(request, server, config.trust), http);
      if (fixed !== null) return fixed;
      if (!wantsSocket(request)) return elsewhere(request, path, http);
      return misdirected(path) ?? upgrade(request, server, dialectAt(path), upgrades);
    },
    error(error) {
      faults.caught(error, "a request");
      return refused(500, "Internal error");
    },
    websocket: sockets,
  });
}

export type Listening = Server<SocketLine>;
