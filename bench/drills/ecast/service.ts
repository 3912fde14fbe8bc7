// A stand-in for the service that Jackbox rooms are at, as busy as a lobby is: every room has players, says something twice a second, and
// somebody comes now and then. Knows nothing of who watches.
import type { Server, ServerWebSocket } from "bun";

type Line = ServerWebSocket<{ readonly code: string }>;

const PLAYERS = 4;
const SAY_MS = 500;
/** Of a state that is told: games that were heard of share some 2 kB. */
const STATE_CHARS = 2_000;

export class BusyService {
  readonly #server: Server<{ readonly code: string }>;
  readonly #lines = new Set<Line>();
  readonly #timer: ReturnType<typeof setInterval>;
  requests = 0;
  dials = 0;
  said = 0;
  /** Frames that were said to it: there must be none. */
  heard = 0;

  constructor() {
    this.#server = Bun.serve<{ readonly code: string }>({
      ...{ port: 0, hostname: "127.0.0.1", development: false },
      fetch: (request, server) => this.#answer(new URL(request.url), request, server),
      websocket: {
        open: (line) => {
          this.#lines.add(line);
          line.send(welcome(line.data.code));
        },
        message: () => void this.heard++,
        close: (line) => void this.#lines.delete(line),
      },
    });
    this.#timer = setInterval(() => this.#say(), SAY_MS);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get lines(): number {
    return this.#lines.size;
  }

  /** Every way breaks at once. */
  cut(): void {
    for (const line of [...this.#lines]) line.terminate();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#server.stop(true);
  }

  #answer(url: URL, request: Request, server: Server<{ readonly code: string }>): Response | undefined {
    const code = url.pathname.split("/")[4] ?? "";
    if (url.pathname.endsWith("/play")) {
      this.dials++;
      const headers = { "sec-websocket-protocol": "ecast-v0" };
      return server.upgrade(request, { data: { code }, headers }) ? undefined : new Response("", { status: 400 });
    }
    this.requests++;
    const body = {
      appTag: "quiplash3",
      host: `127.0.0.1:${this.#server.port}`,
      locked: false,
      minPlayers: 3,
      maxPlayers: 8,
    };
    return Response.json({ ok: true, body });
  }

  #say(): void {
    this.said += this.#lines.size;
    const val = { state: "Lobby", lobbyState: "CanStart", at: Date.now(), filler: "x".repeat(STATE_CHARS) };
    const text = JSON.stringify({ pc: this.said, opcode: "object", result: { key: "room", val, version: 1, from: 1 } });
    for (const line of this.#lines) line.send(text);
  }
}

function welcome(code: string): string {
  const players = Array.from({ length: PLAYERS }, (_, n) => [
    n + 2,
    { id: n + 2, roles: { player: { name: `${code} ${n}` } } },
  ]);
  const here = { 1: { id: 1, roles: { host: {} } }, ...Object.fromEntries(players) };
  const result = { id: 20, secret: crypto.randomUUID(), reconnect: false, entities: {}, here };
  return JSON.stringify({ pc: 1, opcode: "client/welcome", result });
}
