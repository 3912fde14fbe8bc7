// A stand-in for the service that Jackbox rooms are at: its directory and its rooms, driven by the test, on a port of its own. It says frame by frame
// what the real one was written down to say; nothing here was tried against it.
import type { Server, ServerWebSocket } from "bun";

interface Socket {
  readonly room: FakeRoom;
  readonly id: number;
  readonly secret: string;
  readonly role: string;
}
type Line = ServerWebSocket<Socket | Refused>;
interface Refused {
  readonly hello: Exclude<Hello, "welcome">;
}

/** How a room greets who dials it. */
export type Hello =
  | "welcome"
  | "silent"
  | "close"
  | "refuse"
  | "welcome, then close"
  | { readonly error: number; readonly closes: boolean };

interface Opening {
  readonly code: string;
  readonly appTag?: string;
  readonly minPlayers?: number;
  readonly maxPlayers?: number;
  /** Whether watchers are told who comes. */
  readonly presence?: boolean;
  readonly locked?: boolean;
  /** Where its directory says it is; the stand-in itself unless said. */
  readonly host?: unknown;
}

interface Entity {
  readonly type: "object" | "text";
  readonly value: unknown;
  readonly version: number;
  readonly acl: "all" | "host";
}

interface Client {
  readonly id: number;
  readonly role: "host" | "player" | "shard" | "moderator";
  readonly name: string;
  isHere: boolean;
}

export class FakeEcast {
  readonly #server: Server<Socket | Refused>;
  readonly rooms = new Map<string, FakeRoom>();
  /** URLs of what was asked and dialled, with what came along. */
  readonly requests: { readonly url: string; readonly headers: Headers }[] = [];
  readonly dials: { readonly url: URL; readonly headers: Headers }[] = [];
  /** Frames that were said to it: there must be none. */
  readonly heard: string[] = [];
  /** Answers in place of the directory. */
  rest: ((code: string) => Response | Promise<Response>) | null = null;
  hello: Hello = "welcome";
  #pings = 0;

  constructor() {
    this.#server = Bun.serve<Socket | Refused>({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        perMessageDeflate: true,
        open: (line) => this.#opened(line),
        message: (_, text) => void this.heard.push(String(text)),
        ping: () => void this.#pings++,
        close: (line) => {
          if ("room" in line.data) line.data.room.lines.delete(line);
        },
      },
    });
  }

  get host(): string {
    return `127.0.0.1:${this.#server.port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  get pings(): number {
    return this.#pings;
  }

  open(opening: Opening): FakeRoom {
    const room = new FakeRoom(this, opening);
    this.rooms.set(opening.code, room);
    return room;
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }

  #answer(request: Request, server: Server<Socket | Refused>): Response | Promise<Response> | undefined {
    const url = new URL(request.url);
    const [, code = "", play] = /^\/api\/v2\/rooms\/([^/]+)(\/play)?$/.exec(url.pathname) ?? [];
    const room = this.rooms.get(code);
    if (play !== undefined) return this.#upgrade(request, url, room, server);
    this.requests.push({ url: request.url, headers: request.headers });
    if (request.headers.get("user-agent") === null) return new Response("Forbidden", { status: 403 });
    if (this.rest !== null) return this.rest(code);
    if (room === undefined || room.isOver) return Response.json({ ok: false, error: "no such room" }, { status: 404 });
    return Response.json({ ok: true, body: room.facts() });
  }

  #upgrade(request: Request, url: URL, room: FakeRoom | undefined, server: Server<Socket | Refused>) {
    this.dials.push({ url, headers: request.headers });
    if (this.hello === "refuse") return new Response("no", { status: 500 });
    const headers = { "sec-websocket-protocol": "ecast-v0" };
    const hello = room === undefined || room.isOver ? ({ error: 2027, closes: true } as const) : this.hello;
    const isGreeted = hello === "welcome" || hello === "welcome, then close";
    const data = isGreeted && room !== undefined ? room.seat(url.searchParams) : { hello: hello as Refused["hello"] };
    if (server.upgrade(request, { data, headers })) return undefined;
    return new Response("no upgrade", { status: 400 });
  }

  #opened(line: Line): void {
    const { data } = line;
    if ("room" in data) {
      data.room.welcome(line, data);
      if (this.hello === "welcome, then close") line.close(1011);
      return;
    }
    const { hello } = data;
    if (hello === "close") line.close(1011);
    if (typeof hello !== "object") return;
    line.send(JSON.stringify({ pc: 0, opcode: "error", result: { code: hello.error, msg: "no" } }));
    if (hello.closes) line.close(1000);
  }
}

export class FakeRoom {
  readonly lines = new Set<Line>();
  readonly #clients: Client[] = [{ id: 1, role: "host", name: "", isHere: true }];
  readonly #entities = new Map<string, Entity>();
  readonly #secrets = new Map<number, string>();
  #locked: boolean;
  #pc = 10;
  #version = 0;
  isOver = false;

  constructor(
    private readonly service: FakeEcast,
    private readonly opening: Opening,
  ) {
    this.#locked = opening.locked ?? false;
  }

  facts(): object {
    const { code, appTag = "drawful2international", maxPlayers = 8, minPlayers = 3, host } = this.opening;
    return {
      ...{ appId: "0a1b", appTag, audienceEnabled: true, code, host: host === undefined ? this.service.host : host },
      ...{ audienceHost: this.service.host, locked: this.#locked, full: false, maxPlayers, minPlayers },
      ...{ moderationEnabled: false, passwordRequired: false, twitchLocked: false, locale: "en", keepalive: false },
      controllerBranch: "",
    };
  }

  join(name: unknown): number {
    const client: Client = { id: this.#nextId, role: "player", name: name as string, isHere: true };
    this.#clients.push(client);
    const { id } = client;
    const profile = { id, roles: { player: { name } } };
    if (this.opening.presence !== false)
      this.tell("client/connected", { id, userId: `u${id}`, name, role: "player", reconnect: false, profile });
    return id;
  }

  /** Its phone sleeps: its place is kept, and nobody is told it is gone. */
  sleep(id: number): void {
    for (const client of this.#clients) if (client.id === id) client.isHere = false;
    this.tell("client/disconnected", { id, role: "player" });
  }

  kick(id: number): void {
    this.#clients.splice(
      this.#clients.findIndex((client) => client.id === id),
      1,
    );
    if (this.opening.presence !== false) this.tell("client/kicked", { id });
  }

  set(key: string, value: unknown, { type = "object", acl = "all" }: Partial<Pick<Entity, "type" | "acl">> = {}): void {
    const entity: Entity = { type, value, acl, version: ++this.#version };
    this.#entities.set(key, entity);
    if (acl === "all") this.tell(type, { key, ...this.#body(entity), from: 1 });
  }

  lock(): void {
    this.#locked = true;
    this.tell("room/lock", {});
  }

  /** It ends, and says so. */
  exit(cause = 5): void {
    this.tell("room/exit", { cause });
    this.isOver = true;
    for (const line of [...this.lines]) line.close(1000);
  }

  /** The way breaks, without a close. */
  cut(): void {
    for (const line of [...this.lines]) line.terminate();
  }

  close(code: number): void {
    for (const line of [...this.lines]) line.close(code);
  }

  /** The directory does not know it any more; its lines stay. */
  vanish(): void {
    this.isOver = true;
  }

  raw(frame: string | Uint8Array): void {
    for (const line of this.lines) line.send(frame);
  }

  tell(opcode: string, result: unknown): void {
    this.raw(JSON.stringify({ pc: ++this.#pc, opcode, result }));
  }

  /** A place for who dials with this query. */
  seat(query: URLSearchParams): Socket {
    const known = Number(query.get("id") ?? Number.NaN);
    const role = query.get("role") ?? "";
    const secret = query.get("secret") ?? "";
    if (this.#secrets.get(known) === secret) {
      for (const line of [...this.lines]) if ("id" in line.data && line.data.id === known) line.close(1000);
      return { room: this, id: known, secret, role };
    }
    const id = this.#nextId;
    this.#clients.push({ id, role: role as Client["role"], name: "", isHere: true });
    const made = `secret-${id}`;
    this.#secrets.set(id, made);
    return { room: this, id, secret: made, role };
  }

  welcome(line: Line, { id, secret, role }: Socket): void {
    const reconnect = this.service.dials.at(-1)?.url.searchParams.has("secret") ?? false;
    const others = this.#clients.filter((client) => client.id !== id);
    const here = Object.fromEntries(
      others.map((client) => [
        client.id,
        { id: client.id, roles: { [client.role]: client.role === "player" ? { name: client.name } : {} } },
      ]),
    );
    const readable = [...this.#entities].filter(([, { acl }]) => acl === "all");
    const entities = Object.fromEntries(
      readable.map(([key, entity]) => [key, [entity.type, { key, ...this.#body(entity), from: 1 }, { locked: false }]]),
    );
    const profile = { id, roles: { [role]: {} } };
    const result = { id, name: "Partyline", secret, reconnect, deviceId: "0.0", entities, here, profile };
    line.send(JSON.stringify({ pc: ++this.#pc, opcode: "client/welcome", result }));
    this.lines.add(line);
  }

  #body({ type, value, version }: Entity) {
    return { val: type === "text" ? JSON.stringify(value) : value, version };
  }

  get #nextId(): number {
    return Math.max(...this.#clients.map(({ id }) => id)) + 1;
  }
}
