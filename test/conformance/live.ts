// What any server that claims the live wire must do, over real sockets and HTTP. A function of where it is: run it against this
// server, the bundle, or another one. It uses only what the wire and the API offer, and changes no setting. Nothing else may happen
// on that server meanwhile: every authenticated client hears of every session that begins.
import { afterAll, describe, expect, test } from "bun:test";
import { FRAMES } from "../../src/dialects/live/frames.ts";
import { Client, type Frame } from "../support/client.ts";

export interface LiveTarget {
  /** ws://…/api/sessions/live */
  readonly url: string;
  /** http://… of the API. */
  readonly http: string;
  readonly adminKey: string;
}

/** A session with one game, and what can be done to it. */
interface Session {
  readonly id: number;
  readonly gameId: number;
  /** Puts a vote for the game; answers when it stands. */
  vote(username: string, vote?: "up" | "down"): Promise<void>;
  close(): Promise<void>;
  /** Its events as they were told, from the log. */
  log(): Promise<Frame[]>;
}

/** What the log answers at once, at most. */
const PAGE = 200;
/** A flood of votes is a few seconds of a small disk. */
const FLOOD_MS = 60_000;

/** Registers the suite; `target` answers where the server is when the tests run. */
export function liveConformance(target: () => LiveTarget): void {
  const open = new Set<Client>();
  let token: Promise<string> | null = null;
  let voters = 0;

  afterAll(async () => {
    for (const client of open) await client.close();
  });

  const error = (message: string): Frame => ({ type: "error", message });
  const PONG: Frame = { type: "pong" };
  const WELCOME: Frame = { type: "auth_success", message: "Authenticated successfully" };
  const NO_TOKEN: Frame = { type: "auth_error", message: "Token required" };
  const BAD_TOKEN: Frame = { type: "auth_error", message: "Invalid or expired token" };

  /** One call of the API, with the token unless told otherwise; it must succeed. */
  async function call(method: string, path: string, body: object | null = null, isOpen = false): Promise<unknown> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (!isOpen) headers.authorization = `Bearer ${await login()}`;
    const url = `${target().http}${path}`;
    const answer = await fetch(url, { method, headers, ...(body !== null && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  function login(): Promise<string> {
    token ??= call("POST", "/api/auth/login", { key: target().adminKey }, true).then(
      (answer) => (answer as { token: string }).token,
    );
    return token;
  }

  const create = async (path: string, body: object): Promise<number> =>
    ((await call("POST", path, body)) as { id: number }).id;

  const startSession = async (notes: string | null = null): Promise<Session> => {
    const id = await create("/api/sessions", notes === null ? {} : { notes });
    const gameId = await create(`/api/sessions/${id}/games`, { title: "Quiz" });
    return {
      id,
      gameId,
      async vote(username, vote = "up") {
        await call("POST", "/api/votes/live", { username, vote, sessionId: id });
      },
      async close() {
        await call("POST", `/api/sessions/${id}/close`);
      },
      log: () => logOf(id),
    };
  };

  async function logOf(id: number): Promise<Frame[]> {
    const events: Frame[] = [];
    for (;;) {
      const after = events.at(-1)?.id ?? 0;
      const page = await call("GET", `/api/sessions/${id}/events?after=${after}&limit=${PAGE}`);
      if ((page as Frame[]).length === 0) return events;
      events.push(...(page as Frame[]));
    }
  }

  /** So many votes at once, each of somebody else. */
  const flood = (session: Session, count: number): Promise<void>[] =>
    Array.from({ length: count }, () => session.vote(`voter-${++voters}`));

  const connect = async (): Promise<Client> => {
    const client = await Client.connect(target().url);
    open.add(client);
    return client;
  };

  /** A client that has shown its token. */
  const admitted = async (): Promise<Client> => {
    const client = await connect();
    expect(await client.ask({ type: "auth", token: await login() })).toEqual(WELCOME);
    return client;
  };

  const subscribe = async (client: Client, sessionId: number | string, more: object = {}): Promise<void> => {
    expect(await client.ask({ type: "subscribe", sessionId, ...more })).toEqual({ type: "subscribed", sessionId });
  };

  /** A client that hears these sessions from now on. */
  const listener = async (...sessions: readonly Session[]): Promise<Client> => {
    const client = await admitted();
    for (const { id } of sessions) await subscribe(client, id);
    return client;
  };

  /** The frames up to one that is so, which is left out. */
  async function upTo(client: Client, isLast: (frame: Frame) => boolean): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (;;) {
      const frame = await client.next();
      if (isLast(frame)) return frames;
      frames.push(frame);
    }
  }

  /**
   * All frames up to the answer of a ping sent now: what the server had for this client by then. Pongs have no number on this wire,
   * so no other ping may be on its way.
   */
  function upToFence(client: Client): Promise<Frame[]> {
    client.send({ type: "ping" });
    return upTo(client, ({ type }) => type === "pong");
  }

  /** All events up to the one of that number, and then a fence with nothing before it. */
  async function upToEvent(client: Client, id: unknown): Promise<Frame[]> {
    const frames: Frame[] = [];
    do frames.push(await client.next());
    while (frames.at(-1)?.id !== id);
    expect(await upToFence(client)).toEqual([]);
    return frames;
  }

  const types = (frames: readonly Frame[]) => frames.map(({ type }) => type);
  const ids = (frames: readonly Frame[]) => frames.map(({ id }) => id);
  const voted = (frames: readonly Frame[]) =>
    frames.map(({ data }) => (data as { vote: { username: string } }).vote.username);
  const lastId = async (session: Session) => Number((await session.log()).at(-1)?.id);

  describe("tokens", () => {
    test("[T4] ping needs none; what nobody knows in a request is ignored", async () => {
      const client = await connect();
      expect(await client.ask({ type: "ping" })).toEqual(PONG);
      expect(await client.ask({ type: "ping", id: 7, sessionId: {}, token: null })).toEqual(PONG);
      expect(await client.ask({ type: "auth", token: await login(), id: "x", key: 5 })).toEqual(WELCOME);
      expect(await client.ask({ type: "ping" })).toEqual(PONG);
    });

    test("[T1] no token", async () => {
      const client = await connect();
      for (const sent of [undefined, null, "", 5, true, {}, []]) {
        expect(await client.ask({ type: "auth", token: sent })).toEqual(NO_TOKEN);
      }
      expect(await client.ask({ type: "auth", token: await login() })).toEqual(WELCOME);
    });

    test("[T1] a token that is not good", async () => {
      const [head = "", claims = "", signature = ""] = (await login()).split(".");
      const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const later = { ...JSON.parse(Buffer.from(claims, "base64url").toString()), exp: 4_102_444_800 };
      const turned = `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      const bad = [
        "x",
        "..",
        `${head}.${claims}.`,
        `${head}.${claims}.${turned}`,
        `${head}.${encoded(later)}.${signature}`,
        `${encoded({ alg: "none", typ: "JWT" })}.${claims}.`,
        "x".repeat(10_000),
      ];
      const client = await connect();
      for (const sent of bad) expect(await client.ask({ type: "auth", token: sent })).toEqual(BAD_TOKEN);
      expect(await client.ask({ type: "subscribe", sessionId: 1 })).toEqual(error("Not authenticated"));
      expect(await client.ask({ type: "auth", token: await login() })).toEqual(WELCOME);
    });

    test("[T8] a second one, good or bad, takes nothing away", async () => {
      const session = await startSession();
      const client = await listener(session);
      expect(await client.ask({ type: "auth", token: await login() })).toEqual(WELCOME);
      expect(await client.ask({ type: "auth", token: "x" })).toEqual(BAD_TOKEN);
      expect(await client.ask({ type: "auth" })).toEqual(NO_TOKEN);
      await session.vote("ann");
      expect(voted(await upToFence(client))).toEqual(["ann"]);
      await subscribe(client, session.id);
    });

    test("[T1] without one there is nothing but auth and ping, whatever else is wrong", async () => {
      const session = await startSession();
      const client = await connect();
      for (const type of ["subscribe", "unsubscribe"]) {
        for (const sessionId of [session.id, String(session.id), 999_999_999, "abc", -1, {}, "", 0, null, undefined]) {
          expect(await client.ask({ type, sessionId })).toEqual(error("Not authenticated"));
        }
      }
      const { id: sessionId } = session;
      expect(await client.ask({ type: "subscribe", sessionId, since: "x" })).toEqual(error("Not authenticated"));
      await session.vote("ann");
      expect(await upToFence(client)).toEqual([]);
    });

    test("[T1] what was asked right behind a good token counts; right before it, it does not", async () => {
      const { id: sessionId } = await startSession();
      const client = await connect();
      client.send({ type: "subscribe", sessionId });
      client.send({ type: "auth", token: await login() });
      client.send({ type: "subscribe", sessionId });
      expect(await upToFence(client)).toEqual([error("Not authenticated"), WELCOME, { type: "subscribed", sessionId }]);
    });
  });

  describe("subscriptions", () => {
    test("[T2] the answer has the session's id as it was sent", async () => {
      const { id } = await startSession();
      const client = await admitted();
      for (const sessionId of [id, String(id)]) {
        for (const type of ["subscribe", "unsubscribe"]) {
          expect(await client.ask({ type, sessionId })).toEqual({ type: `${type}d`, sessionId });
        }
      }
    });

    test("[T2] a number and its text are the same session", async () => {
      const session = await startSession();
      const client = await admitted();
      await subscribe(client, String(session.id));
      await subscribe(client, session.id);
      await session.vote("ann");
      expect(voted(await upToFence(client))).toEqual(["ann"]);
      expect(await client.ask({ type: "unsubscribe", sessionId: String(session.id) })).toMatchObject({
        type: "unsubscribed",
      });
      await session.vote("bob");
      expect(await upToFence(client)).toEqual([]);
    });

    test("[T2][T3] no id, and ids that no session has", async () => {
      const client = await admitted();
      for (const type of ["subscribe", "unsubscribe"]) {
        for (const sessionId of [undefined, null, "", 0]) {
          expect(await client.ask({ type, sessionId })).toEqual(error("Session ID required"));
        }
        for (const sessionId of ["abc", "0", "1.5", -1, 1.5, 1e300, true, {}, []]) {
          expect(await client.ask({ type, sessionId })).toEqual(error("Session not found"));
        }
      }
      for (const sessionId of [999_999_999, "999999999", Number.MAX_SAFE_INTEGER]) {
        expect(await client.ask({ type: "subscribe", sessionId })).toEqual(error("Session not found"));
      }
    });

    test("[T2] unsubscribing from what one never heard is no fault", async () => {
      const { id: sessionId } = await startSession();
      const client = await admitted();
      for (let count = 0; count < 2; count++) {
        expect(await client.ask({ type: "unsubscribe", sessionId })).toEqual({ type: "unsubscribed", sessionId });
      }
    });

    test("[T5] session.started reaches everyone with a token, subscribed or not, and nobody else", async () => {
      const other = await startSession();
      const [stranger, refused] = [await connect(), await connect()];
      const [idle, busy] = [await admitted(), await listener(other)];
      expect(await refused.ask({ type: "auth", token: "x" })).toEqual(BAD_TOKEN);
      const session = await startSession("Friday");
      const [started] = await session.log();
      const { timestamp, id } = started ?? {};
      const shown = { id: session.id, is_active: 1, created_at: expect.any(String), notes: "Friday" };
      expect(started).toEqual({ type: "session.started", timestamp, data: { session: shown }, id } as Frame);
      // `game.added` is for subscribers.
      for (const client of [idle, busy]) expect(await upToFence(client)).toEqual([started as Frame]);
      for (const client of [stranger, refused]) expect(await upToFence(client)).toEqual([]);
    });

    test("[T5] a session, as its subscribers hear it: what the log keeps, as the log has it", async () => {
      const session = await startSession();
      const [client, idle] = [await listener(session), await admitted()];
      const from = await lastId(session);
      const game = `/api/sessions/${session.id}/games/${session.gameId}`;
      await call("POST", `${game}/start`);
      await session.vote("ann", "down");
      await call("PATCH", `${game}/player-count`, { player_count: 5 });
      await call("POST", `${game}/end`);
      await create(`/api/sessions/${session.id}/games`, { title: "Draw", pack_name: "Pack 1", max_players: 8 });
      await session.close();
      const heard = await upToFence(client);
      expect(types(heard)).toEqual([
        "game.started",
        "vote.received",
        "player-count.updated",
        "game.ended",
        "game.added",
        "session.ended",
      ]);
      expect(heard).toEqual((await session.log()).filter(({ id }) => Number(id) > from));
      for (const frame of heard) {
        expect(FRAMES[frame.type as keyof typeof FRAMES].safeParse(frame).error?.issues).toBeUndefined();
      }
      expect(heard[1]?.data).toMatchObject({
        sessionId: session.id,
        game: { id: session.gameId, title: "Quiz", pack_name: null },
        vote: { username: "ann", type: "down" },
        totals: { upvotes: 0, downvotes: 1, popularity_score: -1 },
      });
      expect(heard[2]?.data).toMatchObject({ sessionId: String(session.id), gameId: String(session.gameId) });
      expect(heard[4]?.data).toMatchObject({ session: { id: session.id, is_active: true, games_played: 2 } });
      expect(heard[5]?.data).toEqual({ session: { id: session.id, is_active: 0, games_played: 2 } });
      expect(await upToFence(idle)).toEqual([]);
    });

    test("[T5] several sessions at once; each can be left by itself", async () => {
      const [one, two, three] = [await startSession(), await startSession(), await startSession()];
      const client = await listener(one, two);
      const round = async (name: string) => {
        for (const session of [one, two, three]) await session.vote(`${name}-${session.id}`);
        return voted(await upToFence(client));
      };
      expect(await round("a")).toEqual([`a-${one.id}`, `a-${two.id}`]);
      expect(await client.ask({ type: "unsubscribe", sessionId: one.id })).toMatchObject({ type: "unsubscribed" });
      expect(await round("b")).toEqual([`b-${two.id}`]);
      await subscribe(client, one.id);
      expect(await round("c")).toEqual([`c-${one.id}`, `c-${two.id}`]);
    });

    test("[T5] subscribing again changes nothing: nothing comes twice, nothing old", async () => {
      const session = await startSession();
      const client = await listener(session, session);
      await session.vote("ann");
      expect(voted(await upToFence(client))).toEqual(["ann"]);
      await subscribe(client, session.id, { since: null });
      await session.vote("bob");
      expect(voted(await upToFence(client))).toEqual(["bob"]);
    });

    test("[T5] a client that left does not keep the others from hearing", async () => {
      const session = await startSession();
      const [gone, client] = [await listener(session), await listener(session)];
      await gone.close();
      await session.vote("ann");
      expect(voted(await upToFence(client))).toEqual(["ann"]);
    });
  });

  describe("since", () => {
    test("[T6] every logged event with a greater id, in order, once; then what is new", async () => {
      const session = await startSession();
      for (const name of ["ann", "bob", "cy"]) await session.vote(name);
      const log = await session.log();
      expect(types(log)).toEqual(["session.started", "game.added", ...Array(3).fill("vote.received")]);
      const clients: Client[] = [];
      for (let from = 0; from < log.length; from++) {
        const client = await admitted();
        clients.push(client);
        const since = from === 0 ? 0 : log[from - 1]?.id;
        await subscribe(client, session.id, { since: from % 2 === 0 ? since : String(since) });
        expect(await upToEvent(client, log.at(-1)?.id)).toEqual(log.slice(from));
      }
      await session.vote("dee");
      for (const client of clients) expect(voted(await upToFence(client))).toEqual(["dee"]);
    });

    test.each([[undefined], [null], ["last"], ["beyond"]])("[T6] since %p tells nothing old", async (which) => {
      const session = await startSession();
      await session.vote("ann");
      const last = await lastId(session);
      const client = await admitted();
      const since = which === "last" ? last : which === "beyond" ? last + 1_000_000 : which;
      await subscribe(client, session.id, { since });
      expect(await upToFence(client)).toEqual([]);
      await session.vote("bob");
      // What is new comes even where its id is not greater.
      expect(voted(await upToFence(client))).toEqual(["bob"]);
    });

    test("[T6] a session that is over can be read", async () => {
      const session = await startSession();
      await session.vote("ann");
      await session.close();
      const log = await session.log();
      const client = await admitted();
      await subscribe(client, session.id, { since: 0 });
      expect(await upToEvent(client, log.at(-1)?.id)).toEqual(log);
      expect(log.at(-1)?.type).toBe("session.ended");
    });

    test.each([["abc"], ["-1"], [-1], [0.5], [true], [{}], [[]]])(
      "[T3][T6] since %p is refused, and nothing is heard",
      async (since) => {
        const session = await startSession();
        const client = await admitted();
        const { id: sessionId } = session;
        expect(await client.ask({ type: "subscribe", sessionId, since })).toEqual(error("Invalid message format"));
        await session.vote("ann");
        expect(await upToFence(client)).toEqual([]);
      },
    );

    test("[T6] on a session that is heard already, it starts over from there", async () => {
      const session = await startSession();
      const client = await listener(session);
      for (const name of ["ann", "bob", "cy"]) await session.vote(name);
      const heard = await upToFence(client);
      expect(voted(heard)).toEqual(["ann", "bob", "cy"]);
      await subscribe(client, session.id, { since: heard[0]?.id });
      expect(await upToEvent(client, heard[2]?.id)).toEqual(heard.slice(1));
      await session.vote("dee");
      expect(voted(await upToFence(client))).toEqual(["dee"]);
    });

    test(
      "[T6] while votes come in: ids only grow, none is missing, none comes twice",
      async () => {
        const session = await startSession();
        await Promise.all(flood(session, 300));
        const middle = (await session.log())[150]?.id;
        const late = await Promise.all(Array.from({ length: 6 }, admitted));
        const heard: Promise<void>[] = [];
        const votes = flood(session, 200);
        // One at the first vote, the others while more and more of them are in.
        for (const [n, client] of late.entries()) {
          if (n > 0) await votes[n * 30];
          client.send({ type: "subscribe", sessionId: session.id, since: n % 2 === 0 ? 0 : middle });
        }
        await Promise.all(votes);
        const log = await session.log();
        expect(log.length).toBe(502);
        for (const [n, client] of late.entries()) {
          const expected = log.filter(({ id }) => n % 2 === 0 || Number(id) > Number(middle));
          heard.push(
            (async () => {
              expect(await client.next()).toEqual({ type: "subscribed", sessionId: session.id });
              expect(ids(await upToEvent(client, log.at(-1)?.id))).toEqual(ids(expected));
            })(),
          );
        }
        await Promise.all(heard);
        await session.vote("last");
        for (const client of late) expect(voted(await upToFence(client))).toEqual(["last"]);
      },
      FLOOD_MS,
    );

    test(
      "[T6] starting over while votes come in: all of it again, each once",
      async () => {
        const session = await startSession();
        const client = await listener(session);
        await Promise.all(flood(session, 300));
        const votes = flood(session, 200);
        await votes[20];
        client.send({ type: "subscribe", sessionId: session.id, since: 0 });
        await Promise.all(votes);
        const log = await session.log();
        const before = await upTo(client, ({ type }) => type === "subscribed");
        expect(ids(before)).toEqual(ids(log.slice(2, 2 + before.length)));
        expect(ids(await upToEvent(client, log.at(-1)?.id))).toEqual(ids(log));
      },
      FLOOD_MS,
    );

    test(
      "[T6] without it, while votes come in: from some vote on, all of them",
      async () => {
        const session = await startSession();
        const client = await admitted();
        const votes = flood(session, 200);
        await votes[20];
        client.send({ type: "subscribe", sessionId: session.id });
        await Promise.all(votes);
        await session.vote("last");
        expect(await client.next()).toEqual({ type: "subscribed", sessionId: session.id });
        const log = await session.log();
        const heard = await upToEvent(client, log.at(-1)?.id);
        expect(heard).toEqual(log.slice(log.length - heard.length));
      },
      FLOOD_MS,
    );

    test(
      "[T6] two sessions are caught up with at once, each in its order",
      async () => {
        const sessions = [await startSession(), await startSession()];
        await Promise.all(sessions.flatMap((session) => flood(session, 150)));
        const client = await admitted();
        for (const { id } of sessions) client.send({ type: "subscribe", sessionId: id, since: 0 });
        const logs = await Promise.all(sessions.map((session) => session.log()));
        const frames: Frame[] = [];
        const total = logs.flat().length + sessions.length;
        while (frames.length < total) frames.push(await client.next());
        expect(await upToFence(client)).toEqual([]);
        for (const [n, { id: sessionId }] of sessions.entries()) {
          const known = new Set(ids(logs[n] ?? []));
          expect(frames.filter(({ id }) => known.has(id))).toEqual(logs[n] ?? []);
          const answerAt = frames.findIndex((frame) => frame.type === "subscribed" && frame.sessionId === sessionId);
          expect(answerAt).toBeLessThan(frames.findIndex(({ id }) => known.has(id)));
          expect(answerAt).not.toBe(-1);
        }
      },
      FLOOD_MS,
    );

    test(
      "[T6] unsubscribing stops it, however much there is still to come",
      async () => {
        const session = await startSession();
        await Promise.all(flood(session, 400));
        const client = await admitted();
        const { id: sessionId } = session;
        client.send({ type: "subscribe", sessionId, since: 0 });
        client.send({ type: "unsubscribe", sessionId });
        expect(await client.next()).toEqual({ type: "subscribed", sessionId });
        const heard = await upTo(client, ({ type }) => type === "unsubscribed");
        const log = await session.log();
        expect(heard).toEqual(log.slice(0, heard.length));
        // By the time that another, who asked later, has been told all of it, this one would have been too.
        const other = await admitted();
        await subscribe(other, sessionId, { since: 0 });
        expect((await upToEvent(other, log.at(-1)?.id)).length).toBe(log.length);
        expect(await upToFence(client)).toEqual([]);
        await session.vote("ann");
        expect(await upToFence(client)).toEqual([]);
      },
      FLOOD_MS,
    );
  });

  describe("errors", () => {
    test("[T3] what is no message, and what no one knows, is told so; the line lives on", async () => {
      const [stranger, client] = [await connect(), await admitted()];
      for (const line of [stranger, client]) {
        for (const text of ["{", "null", "[]", "5", '"x"', '{"type":"ping"}}', ""]) {
          expect(await line.ask(text)).toEqual(error("Invalid message format"));
        }
        for (const type of ["foo", "toString", "__proto__", "create", "send", ""]) {
          expect(await line.ask({ type })).toEqual(error(`Unknown message type: ${type}`));
        }
        expect(await line.ask("{}")).toEqual(error("Unknown message type: undefined"));
        expect(await line.ask({ type: 5 })).toEqual(error("Unknown message type: 5"));
        expect(await line.ask({ type: null })).toEqual(error("Unknown message type: null"));
        expect(await line.ask({ type: ["ping"] })).toEqual(error("Unknown message type: object"));
        expect(await line.ask({ type: "x".repeat(1_000) })).toEqual(error(`Unknown message type: ${"x".repeat(64)}`));
        expect(await upToFence(line)).toEqual([]);
      }
      const { id } = await startSession();
      expect(await client.next()).toMatchObject({ type: "session.started" });
      await subscribe(client, id);
    });

    test("[L1][T3] depth is no danger, wherever it is", async () => {
      const client = await admitted();
      const deep = "[".repeat(20_000) + "]".repeat(20_000);
      expect(await client.ask(deep)).toEqual(error("Invalid message format"));
      expect(await client.ask(`{"type":${deep}}`)).toEqual(error("Unknown message type: object"));
      expect(await client.ask(`{"type":"subscribe","sessionId":${deep}}`)).toEqual(error("Session not found"));
      expect(await client.ask(`{"type":"auth","token":${deep}}`)).toEqual(NO_TOKEN);
      expect(await client.ask(`{"type":"ping","data":${deep}}`)).toEqual(PONG);
    });

    test("[L12] ten frames in a row that are no messages: 4004, each told before", async () => {
      const client = await admitted();
      for (let count = 0; count < 10; count++) {
        expect(await client.ask(count % 2 === 0 ? "nonsense" : "[]")).toEqual(error("Invalid message format"));
      }
      expect((await client.closed).code).toBe(4004);
    });

    test.each(['{"type":"ping"}', '{"type":"foo"}', '{"type":"subscribe"}'])(
      "[L12] %s between them starts the count over",
      async (text) => {
        const client = await connect();
        for (let round = 0; round < 3; round++) {
          for (let count = 0; count < 9; count++) await client.ask("nonsense");
          await client.ask(text);
        }
        expect(await upToFence(client)).toEqual([]);
      },
    );
  });
}
