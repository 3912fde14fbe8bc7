// Serialisers that cannot leave a member out: they write null for what is not set, or an empty text. Whole games of such clients, over
// real sockets; which fields may be left out is read from each wire's own schemas, so that a field to come is in here too.
import { describe, expect, test } from "bun:test";
import { REQUESTS as LIVE } from "../../src/dialects/live/schema.ts";
import { REQUESTS as PARTY } from "../../src/dialects/party/schema.ts";
import { REQUESTS as SESSIONSERVER } from "../../src/dialects/sessionserver/schema.ts";
import type { Schemas } from "../../src/dialects/wire.ts";
import { Client, type Frame } from "../support/client.ts";
import { ADMIN_KEY } from "../support/server.ts";
import { stages } from "../support/stage.ts";

const stage = stages();

/** Bodies are anything, so that null and "" are as good as any other. */
const BODIES = ["data"];

/** A client that writes every member there is: those the frame does not have as `absent`. */
class Whole {
  private constructor(
    private readonly client: Client,
    private readonly schemas: Schemas,
    private readonly absent: string | null,
  ) {}

  static async connect(url: string, schemas: Schemas, absent: string | null): Promise<Whole> {
    return new Whole(await Client.connect(url), schemas, absent);
  }

  send(frame: Frame): this {
    const word = String(frame.type ?? frame.command);
    const shape = this.schemas[word]?.shape ?? {};
    const optional = Object.keys(shape).filter((name) => shape[name]?.safeParse(undefined).success);
    const left = optional.filter((name) => !BODIES.includes(name) && !Object.hasOwn(frame, name));
    this.client.send({ ...Object.fromEntries(left.map((name) => [name, this.absent])), ...frame });
    return this;
  }

  next(): Promise<Frame> {
    return this.client.next();
  }

  ask(frame: Frame): Promise<Frame> {
    return this.send(frame).next();
  }
}

describe.each([[null], [""]])("every optional field %j", (absent) => {
  test("[P6] party: a room, messages, state, a host that changes, a session with a game and a vote", async () => {
    const { server } = stage();
    const [tv, ann] = [await Whole.connect(server.url, PARTY, absent), await Whole.connect(server.url, PARTY, absent)];
    const both = async (frame: Frame, by = tv) => {
      by.send(frame);
      const [heard, same] = [await tv.next(), await ann.next()];
      expect(heard).toEqual(same);
      return heard;
    };

    const { room, ...created } = await tv.ask({ type: "create", clientId: "tv", maxClients: 4 });
    expect(created).toEqual({ type: "created", clientId: "tv", host: "tv", epoch: expect.any(String), seq: 0 });
    // No state: null would be one.
    expect(await ann.ask({ type: "join", clientId: "ann", room })).toEqual({
      type: "joined",
      room,
      clients: ["tv", "ann"],
      host: "tv",
      peers: [{ clientId: "tv" }, { clientId: "ann" }],
      locked: false,
      epoch: created.epoch,
      seq: 0,
    });
    expect(await tv.next()).toEqual({ type: "peer_joined", clientId: "ann" });
    // No answer carries an id that was none, and what has no answer of its own gets no ack.
    expect(await tv.ask({ type: "ping" })).toEqual({ type: "pong", t: expect.any(Number) });
    tv.send({ type: "send", data: 1 });
    tv.send({ type: "send", to: "ann", data: 2 });
    expect([await ann.next(), await ann.next()]).toEqual([
      { type: "message", from: "tv", data: 1 },
      { type: "message", from: "tv", data: 2 },
    ]);
    expect(await ann.ask({ type: "send", to: "bob", data: 1 })).toEqual({
      type: "error",
      code: "target_not_found",
      message: "Target client not found",
      request: "send",
    });
    tv.send({ type: "set_state", data: { round: 1 } });
    expect(await ann.next()).toEqual({ type: "state", data: { round: 1 } });
    ann.send({ type: "set_player", data: 7 });
    expect(await tv.next()).toEqual({ type: "player", clientId: "ann", data: 7 });
    expect(await both({ type: "lock", locked: true })).toEqual({ type: "room_locked", locked: true });
    expect(await both({ type: "session.start" })).toMatchObject({ type: "session.started", data: {} });
    expect((await both({ type: "game.add", title: "Quiz" })).type).toBe("game.added");
    expect((await both({ type: "lobby.update", lobbyState: "Countdown" })).type).toBe("room.connected");
    expect([await tv.next(), await ann.next()].map(({ type }) => type)).toEqual(["lobby.updated", "lobby.updated"]);
    expect((await both({ type: "game.start" })).type).toBe("game.started");
    expect((await both({ type: "vote", vote: "up" }, ann)).type).toBe("vote.received");
    expect((await both({ type: "game.end" })).type).toBe("game.ended");
    expect((await both({ type: "session.end" })).type).toBe("session.ended");
    expect(await both({ type: "make_host", clientId: "ann" })).toEqual({ type: "host_changed", clientId: "ann" });
    ann.send({ type: "kick", clientId: "tv" });
    expect(await tv.next()).toMatchObject({ type: "bye", code: 4002, reason: "kicked" });
    expect(await ann.next()).toMatchObject({ type: "peer_left", reason: "kicked" });
    // `ban` was not said, so it is one.
    const again = await Whole.connect(server.url, PARTY, absent);
    expect(await again.ask({ type: "join", clientId: "tv", room })).toMatchObject({ code: "banned" });
    expect(await ann.ask({ type: "leave" })).toEqual({ type: "left" });
    const late = await Whole.connect(server.url, PARTY, absent);
    await late.ask({ type: "create", clientId: "tv", maxClients: 1 });
    expect(await late.ask({ type: "close_room" })).toMatchObject({ type: "bye", code: 4001, reason: "room closed" });
  });

  test("[P6] party: a member that comes back without `since` is told the picture alone", async () => {
    const { server } = stage();
    const tv = await Whole.connect(server.url, PARTY, absent);
    const { room } = await tv.ask({ type: "create", clientId: "tv", maxClients: 4, away: 60, history: 8 });
    const back = await Whole.connect(server.url, PARTY, absent);
    expect(await back.ask({ type: "join", clientId: "tv", room })).toMatchObject({ type: "joined", resumed: false });
  });

  test("[P6] party: a secret that is none protects nothing, and opens nothing", async () => {
    const { server } = stage();
    const tv = await Whole.connect(server.url, PARTY, absent);
    const { room } = await tv.ask({ type: "create", clientId: "tv", maxClients: 4, secret: "mine" });
    const thief = await Whole.connect(server.url, PARTY, absent);
    expect(await thief.ask({ type: "join", clientId: "tv", room })).toMatchObject({ code: "wrong_secret" });
    await thief.ask({ type: "join", clientId: "ann", room });
    const ann = await Whole.connect(server.url, PARTY, absent);
    expect(await ann.ask({ type: "join", clientId: "ann", room, secret: "any" })).toMatchObject({ type: "joined" });
  });

  test("[P6][T6] live: a bot that subscribes without `since`; and the API", async () => {
    const { server } = stage();
    const call = async (path: string, body: object, token = "") => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(server.http + path, { method: "POST", headers, body: JSON.stringify(body) });
      return (await response.json()) as Record<string, unknown>;
    };
    const { token } = await call("/api/auth/login", { key: ADMIN_KEY });
    const asked = (path: string, body: object) => call(path, body, String(token));
    expect(await asked("/api/sessions", { notes: absent, room_code: absent })).toMatchObject({ id: 1 });
    const game = { title: "Quiz", pack_name: absent, min_players: absent, max_players: absent, app_tag: absent };
    const more = { manually_added: absent, room_code: absent };
    expect(await asked("/api/sessions/1/games", { ...game, ...more })).toMatchObject({ title: "Quiz" });

    const bot = await Whole.connect(`${server.url}/api/sessions/live`, LIVE, absent);
    expect(await bot.ask({ type: "auth", token })).toMatchObject({ type: "auth_success" });
    expect(await bot.ask({ type: "subscribe", sessionId: 1 })).toEqual({ type: "subscribed", sessionId: 1 });
    // Nothing of what was before: `since` 0 would be all of it.
    expect(await bot.ask({ type: "ping" })).toEqual({ type: "pong" });
    const vote = { username: "ann", vote: "up", timestamp: absent, sessionId: absent };
    expect(await asked("/api/votes/live", vote)).toMatchObject({ success: true });
    expect(await bot.next()).toMatchObject({ type: "vote.received" });
    expect(await bot.ask({ type: "unsubscribe", sessionId: 1 })).toEqual({ type: "unsubscribed", sessionId: 1 });
  });
});

test("[P6][V3] sessionserver: data that is null is {}, as its clients know it", async () => {
  const { server } = stage();
  const player = await Whole.connect(`${server.url}/sessionserver`, SESSIONSERVER, null);
  expect(await player.ask({ command: "createSession" })).toMatchObject({ error: 0, session: {}, player: {} });
  expect(await player.ask({ command: "updatePlayer", player: {} })).toMatchObject({ error: 0, player: {} });
  expect(await player.ask({ command: "leaveSession" })).toMatchObject({ command: "sessionLeave", error: 0 });
});

test("[P6] a `since` that is text is taken as the number it says", async () => {
  const { server } = stage();
  const tv = await Client.connect(server.url);
  const rules = { away: 60, history: 8, secret: "s" };
  const { room, epoch } = await tv.ask({ type: "create", clientId: "tv", maxClients: 2, ...rules });
  tv.send({ type: "lock", locked: true });
  await tv.upToFence();
  const join = { type: "join", clientId: "tv", room, secret: "s", epoch };
  const back = await Client.connect(server.url);
  expect(await back.ask({ ...join, since: "0" })).toMatchObject({
    resumed: true,
    missed: [{ type: "room_locked", locked: true, seq: 1 }],
  });
  const more = await Client.connect(server.url);
  expect(await more.ask({ ...join, since: "one" })).toMatchObject({
    code: "bad_field",
    message: "since must be a whole number, 0 or more",
  });
});
