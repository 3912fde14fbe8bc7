// A client of the HTTP API that trusts nothing: what it is given is held against the schema of the call it made, strictly, and a no
// against the one shape that a no has.
import { expect } from "bun:test";
import { CALLS } from "../../src/doors/http/api.ts";
import type { Call } from "../../src/doors/http/call.ts";
import { AnyEvent } from "../../src/sessions/events.ts";
import { ADMIN_KEY, type TestServer } from "./server.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const PLACES = CALLS.map((call) => {
  const path = call.path.replace(":code", "[^/]+").replaceAll(/:\w+/g, "\\d+");
  return { call, pattern: new RegExp(`^${path}$`) };
});

/** The call that answers there. @throws {Error} when there is none */
export function callAt(method: string, path: string): Call {
  const [bare = ""] = path.split("?");
  const place = PLACES.find(({ call, pattern }) => call.method === method && pattern.test(bare));
  if (place === undefined) throw new Error(`no call ${method} ${path}`);
  return place.call;
}

export class Api {
  /** The calls that were answered with a yes, as `METHOD path` of the table. */
  readonly made = new Set<string>();

  constructor(
    private readonly server: Pick<TestServer, "http">,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** A client that has a token. */
  static async admitted(server: Pick<TestServer, "http">): Promise<Api> {
    const { token } = await new Api(server).ask("POST", "/api/auth/login", { key: ADMIN_KEY });
    return new Api(server, { authorization: `Bearer ${token}` });
  }

  /** One request, whatever comes of it. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = { method, headers: { ...this.headers, ...headers }, ...(body !== undefined && { body: text }) };
    const answer = await fetch(this.server.http + path, init);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** A call that must succeed; answers its object. */
  async ask(method: string, path: string, body?: unknown): Promise<Fields> {
    return (await this.#given(method, path, body)) as Fields;
  }

  /** A call that must succeed; answers its list. */
  async list(path: string): Promise<readonly Fields[]> {
    return (await this.#given("GET", path)) as readonly Fields[];
  }

  /** A call that must fail; answers its status and what it says. */
  async refusal(method: string, path: string, body?: unknown): Promise<[status: number, error: string]> {
    const answer = await this.send(method, path, body);
    return [answer.status, errorOf(answer)];
  }

  /** The id of what a call has made. */
  async make(path: string, body: Fields = {}): Promise<number> {
    return Number((await this.ask("POST", path, body)).id);
  }

  async #given(method: string, path: string, body?: unknown): Promise<unknown> {
    const call = callAt(method, path);
    const { status, headers, text } = await this.send(method, path, body);
    expect([method, path, status, text]).toEqual([method, path, call.status, text]);
    expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(headers.get("cache-control")).toBe("no-store");
    const given: unknown = JSON.parse(text);
    // Equal, so that a schema that drops what it does not know is no way around it.
    expect(call.gives.parse(given)).toEqual(given);
    this.made.add(`${method} ${call.path}`);
    return given;
  }
}

/** What a no says. */
export function errorOf({ headers, text }: Answer): string {
  expect(headers.get("content-type")).toBe("application/json; charset=utf-8");
  const { error, ...more } = JSON.parse(text);
  expect([typeof error, more]).toEqual(["string", {}]);
  return error;
}

/** The path of a call, with these ids in it. */
export function pathOf({ path }: Call, sessionId: number | string = 1, gameId: number | string = 1): string {
  return path
    .replace(":id", String(sessionId))
    .replace(":gameId", String(gameId))
    .replace(":hookId", "1")
    .replace(":code", "GXHB");
}

/** A session that goes on, and what there is to do with it. */
export async function beginSession(server: Pick<TestServer, "http">, body: Fields = {}) {
  const api = await Api.admitted(server);
  const id = await api.make("/api/sessions", body);
  const at = `/api/sessions/${id}`;
  /** Adds a game; answers its path. */
  const addGame = async (game: Fields) => `${at}/games/${await api.make(`${at}/games`, game)}`;
  /** The log, each event held against its schema. */
  const log = async () => {
    const events = await api.list(`${at}/events`);
    for (const { id: _, ...event } of events) AnyEvent.parse(event);
    return events;
  };
  const types = async () => (await log()).map(({ type }) => type);
  return { api, id, at, addGame, log, types };
}
