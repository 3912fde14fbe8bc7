// A night by HTTP whose games are played in Jackbox rooms: whose room a code is, what each call answers, whole games from lobby to end as a
// listener of the night hears them, and a service that means harm. The service is a stand-in on a port of its own.
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { AnyEvent } from "../../src/sessions/events.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { Api, beginSession } from "../support/api.ts";
import { Client, type Frame } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { FakeEcast, type FakeRoom, type Hello } from "../support/ecast.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { openRoom } from "../support/stage.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function fakeEcast(): FakeEcast {
  const fake = new FakeEcast();
  ended.push(() => fake.stop());
  return fake;
}

/** A server that watches rooms of a stand-in, and a night on it. */
async function night({
  env = {},
  clock = systemClock,
  store,
}: {
  env?: Record<string, string>;
  clock?: Clock;
  store?: Store;
} = {}) {
  const fake = fakeEcast();
  const server = startServer({ ECAST_URL: fake.url, ...env }, clock, store);
  ended.push(() => server.stop());
  const session = await beginSession(server);
  return { fake, server, ...session, ...listening(server, session) };
}

/** What the listeners of the night hear. */
function listening(server: TestServer, { api, id }: Pick<Awaited<ReturnType<typeof beginSession>>, "api" | "id">) {
  const heard: Frame[] = [];
  let line: Client | null = null;
  /** Resolves when that has been told so often. */
  const told = async (type: string, times = 1) => {
    line ??= await subscriber(server, api, id);
    const found = () => heard.filter((event) => event.type === type);
    while (found().length < times) heard.push(await line.next());
    return found();
  };
  return { told };
}

/** Resolves when it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

async function subscriber(server: TestServer, api: Api, sessionId: number) {
  const line = await Client.connect(server.url + LIVE_PATH);
  const token = api.headers.authorization?.replace("Bearer ", "");
  await line.ask({ type: "auth", token });
  await line.ask({ type: "subscribe", sessionId, since: 0 });
  return line;
}

describe("whose room a code is", () => {
  test("[E3] of a call that does not say so: a live room of ours, else one of theirs", async () => {
    const { fake, server, api, at, told } = await night();
    fake.open({ code: "KLMN" });
    const theirs = await api.ask("POST", `${at}/games`, { title: "Quip", room_code: "klmn" });
    expect(theirs).toMatchObject({ room_code: "KLMN", platform: "jackbox" });
    await told("room.connected");
    const { code } = await openRoom(server.url, 1);
    const ours = await api.ask("POST", `${at}/games`, { title: "Quiz", room_code: code });
    expect(ours).toMatchObject({ room_code: code, platform: "partyline" });
    expect(await api.ask("POST", `${at}/games`, { title: "Draw" })).toMatchObject({
      room_code: null,
      platform: "partyline",
    });
    for (const room_code of ["KLM2", "K", "ABCDEF"]) {
      expect(await api.refusal("POST", `${at}/games`, { title: "x", room_code })).toEqual([404, "Room not found"]);
    }
  });

  test("[E3] where there are both, the word says which", async () => {
    const { fake, server, api, at, told } = await night();
    const host = await Client.connect(server.url);
    await host.ask({ type: "create", clientId: "host", maxClients: 4, room: "KLMN" });
    fake.open({ code: "KLMN" });
    const added = async (platform: string | undefined) =>
      (await api.ask("POST", `${at}/games`, { title: "x", room_code: "KLMN", platform })).platform;
    expect([await added(undefined), await added(""), await added("partyline")]).toEqual([
      "partyline",
      "partyline",
      "partyline",
    ]);
    expect(fake.requests).toEqual([]);
    expect(await added("jackbox")).toBe("jackbox");
    await told("room.connected", 4);
    expect(fake.dials.length).toBe(1);
  });

  test("[E3] a room of theirs needs a code of theirs, and ours is never asked about there", async () => {
    const { fake, api, at } = await night();
    const bad = "room_code must be the code of a Jackbox room, 4 or 5 letters";
    for (const room_code of [undefined, null, "", "KLM2", "KLM", "ABCDEF"]) {
      const body = { title: "x", room_code, platform: "jackbox" };
      expect(await api.refusal("POST", `${at}/games`, body)).toEqual([400, bad]);
    }
    const ours = { title: "x", room_code: "KLMN", platform: "partyline" };
    expect(await api.refusal("POST", `${at}/games`, ours)).toEqual([404, "Room not found"]);
    for (const platform of ["steam", 5, {}])
      expect(await api.refusal("POST", `${at}/games`, { title: "x", platform })).toEqual([
        400,
        "platform must be partyline or jackbox",
      ]);
    expect([await api.list(`${at}/games`), fake.requests]).toEqual([[], []]);
  });

  test("[E2] where it is off all is as it was, and who asks for it is told so", async () => {
    const server = startServer();
    ended.push(() => server.stop());
    const { api, at, addGame } = await beginSession(server);
    const body = { title: "x", room_code: "KLMN" };
    expect(await api.refusal("POST", `${at}/games`, body)).toEqual([404, "Room not found"]);
    const off = [409, "Jackbox rooms are not watched here"] as [number, string];
    expect(await api.refusal("POST", `${at}/games`, { ...body, platform: "jackbox" })).toEqual(off);
    expect(await api.list(`${at}/games`)).toEqual([]);
    const game = await addGame({ title: "Quiz" });
    expect(await api.refusal("POST", `${game}/start-player-check`, { ...body, platform: "jackbox" })).toEqual(off);
    expect(server.logged.join("")).not.toMatch(/ackbox|ECAST/);
    expect(await (await fetch(`${server.http}/metrics`)).text()).not.toContain("ecast");
  });
});

describe("a game that is watched", () => {
  test("[E5] is added at once; a service that hangs holds nobody up", async () => {
    const { fake, api, addGame, types } = await night();
    fake.rest = () => new Promise<Response>(() => {});
    const game = await addGame({ title: "Quip", room_code: "KLMN" });
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({
      monitoring: false,
      roomCode: "KLMN",
      players: [],
    });
    expect(await types()).toEqual(["session.started", "game.added"]);
    expect(await api.ask("POST", `${game}/stop-player-check`)).toMatchObject({ platform: "jackbox" });
    expect((await types()).at(-1)).toBe("room.disconnected");
    expect(await api.refusal("POST", `${game}/stop-player-check`)).toEqual([409, "The game is not watched"]);
  });

  test("[E5] is asked for later, stopped, and asked for again with the code that it has", async () => {
    const { fake, api, addGame, told, log } = await night();
    const room = fake.open({ code: "OLIO", presence: false });
    room.join("ADA");
    const game = await addGame({ title: "Quip" });
    const first = await api.ask("POST", `${game}/start-player-check`, { room_code: "olio" });
    expect(first).toMatchObject({ platform: "jackbox", roomCode: "OLIO", monitoring: false, gameState: "Lobby" });
    await told("room.connected");
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({ monitoring: true, players: ["ADA"] });
    const again = await api.ask("POST", `${game}/start-player-check`);
    expect(again).toMatchObject({ platform: "jackbox", roomCode: "OLIO", monitoring: false });
    await told("room.connected", 2);
    // Anew means anew.
    expect(fake.dials.length).toBe(2);
    expect((await log()).slice(-3).map(({ type, data }) => [type, (data as Frame).reason])).toEqual([
      ["room.connected", undefined],
      ["room.disconnected", "manually_stopped"],
      ["room.connected", undefined],
    ]);
    // Its code is theirs: for a room of ours it has none.
    expect(await api.refusal("POST", `${game}/start-player-check`, { platform: "partyline" })).toEqual([
      400,
      "room_code must be the code of a room: the game has none yet",
    ]);
    expect(await api.ask("POST", `${game}/start-player-check`, { platform: "jackbox" })).toMatchObject({
      roomCode: "OLIO",
    });
    expect(fake.heard).toEqual([]);
  });

  test("[E12] and the next one in the same room share the way there", async () => {
    const { fake, addGame, told } = await night();
    fake.open({ code: "KLMN" }).join("ADA");
    for (const times of [1, 2, 3]) {
      await addGame({ title: "Quip", room_code: "KLMN" });
      await told("room.connected", times);
    }
    expect([fake.dials.length, fake.requests.length]).toEqual([1, 1]);
  });

  test("[E5] past the most that may be watched: 429, and no game is added", async () => {
    const { fake, api, at } = await night({ env: { ECAST_WATCHES_MAX: "1" } });
    fake.open({ code: "KLMN" });
    await api.ask("POST", `${at}/games`, { title: "x", room_code: "KLMN" });
    const other = await api.make("/api/sessions");
    const answer = await api.send("POST", `/api/sessions/${other}/games`, { title: "x", room_code: "WXYZ" });
    expect([answer.status, JSON.parse(answer.text), answer.headers.get("retry-after")]).toEqual([
      429,
      { error: "Too many rooms are watched" },
      "60",
    ]);
    expect(await api.list(`/api/sessions/${other}/games`)).toEqual([]);
    await api.ask("POST", `/api/sessions/${other}/games`, { title: "x", room_code: "KLMN" });
  });

  test("[E5][S33] strangers cannot ask for it, and read no code", async () => {
    const { fake, server, at, addGame, told } = await night();
    fake.open({ code: "KLMN" }).join("ADA");
    const stranger = new Api(server);
    for (const path of [`${at}/games`, `${at}/games/1/start-player-check`]) {
      expect(await stranger.refusal("POST", path, { title: "x", room_code: "KLMN", platform: "jackbox" })).toEqual([
        401,
        "Token required",
      ]);
    }
    expect([fake.requests, fake.dials]).toEqual([[], []]);
    const game = await addGame({ title: "Quip", room_code: "KLMN" });
    await told("room.connected");
    const text = (await stranger.send("GET", `${game}/status-live`)).text;
    expect(text).toContain("ADA");
    expect(text).not.toMatch(/KLMN|userId|secret/);
  });

  test("[E13] is started and ended by hand, too", async () => {
    const { fake, api, addGame, types, told } = await night();
    const room = fake.open({ code: "KLMN" });
    const game = await addGame({ title: "Quip", room_code: "KLMN" });
    await told("room.connected");
    await api.ask("POST", `${game}/start`);
    room.set("room", { state: "Round" });
    room.set("room", { state: "GameOver" });
    await told("game.ended");
    expect(await api.refusal("POST", `${game}/end`)).toEqual([409, "The game is not running"]);
    expect(await types()).toEqual(["session.started", "game.added", "room.connected", "game.started", "game.ended"]);
  });

  test("[E12] is counted, and the log names neither room nor player", async () => {
    const { fake, server, addGame, told } = await night();
    const room = fake.open({ code: "KLMN" });
    room.join("ADA");
    await addGame({ title: "Quip", room_code: "KLMN" });
    await told("room.connected");
    expect(await server.metric('partyline_ecast_watches{state="watching"}')).toBe(1);
    room.raw("null");
    room.exit();
    await told("room.disconnected");
    expect(await server.metric('partyline_ecast_overs_total{reason="room_closed"}')).toBe(1);
    expect(await server.metric('partyline_ecast_watches{state="watching"}')).toBe(0);
    const said = server.logged.filter((line) => line.includes("ackbox")).join("");
    expect(said).toContain("a Jackbox room is watched no more");
    expect(said).not.toMatch(/KLMN|ADA|secret/);
  });
});

/** The ways in which games tell how they stand. */
const KINDS: readonly (readonly [
  string,
  (room: FakeRoom) => Record<"wait" | "canStart" | "countdown" | "play" | "end", () => void>,
])[] = [
  [
    "whose state stands in `room`",
    (room) => {
      const lobby =
        (lobbyState: string, more = {}) =>
        () =>
          room.set("room", {
            state: "Lobby",
            lobbyState,
            gameCanStart: lobbyState !== "WaitingForMore",
            gameIsStarting: false,
            gameFinished: false,
            ...more,
          });
      return {
        ...{
          wait: lobby("WaitingForMore"),
          canStart: lobby("CanStart"),
          countdown: lobby("Countdown", { gameIsStarting: true }),
        },
        play: () => room.set("room", { state: "EnterSingleText" }),
        end: lobby("PostGame", { gameFinished: true }),
      };
    },
  ],
  [
    "whose state stands in `bc:room`, as a text",
    (room) => {
      const say = (value: object) => () => room.set("bc:room", value, { type: "text" });
      return {
        ...{ wait: say({ state: "Lobby_WaitingForMore" }), canStart: say({ state: "Lobby", lobbyState: "CanStart" }) },
        ...{
          countdown: say({ state: "Lobby", lobbyState: "Countdown" }),
          play: say({ state: "Gameplay", lobbyState: {} }),
        },
        end: say({ state: "Gameplay", gameResults: { players: [] } }),
      };
    },
  ],
  [
    "that share no state: the lock and the end of the room tell",
    (room) => ({ wait() {}, canStart() {}, countdown() {}, play: () => room.lock(), end: () => room.exit() }),
  ],
];

describe("a whole game, as the listeners of the night hear it", () => {
  test.each(KINDS)(
    "[E10] %s",
    async (kind, play) => {
      const { fake, server, api, id, at, addGame, told } = await night();
      const room = fake.open({ code: "KLMN", appTag: "drawful2international", minPlayers: 3, maxPlayers: 8 });
      const step = play(room);
      step.wait();
      room.join("IDA");
      // Another watcher counts as nobody, and what only a player may read is not ours.
      room.seat(new URLSearchParams({ role: "shard" }));
      room.set("player:2", { state: "Secret" }, { acl: "host" });
      const listener = await subscriber(server, api, id);
      const game = await addGame({ title: "Drawful", room_code: "KLMN" });
      await told("room.connected");
      room.join("OLE");
      room.join("ÅSE");
      await told("lobby.player-joined", 2);
      step.canStart();
      await told("lobby.updated", 1);
      step.countdown();
      if (kind.includes("bc:room") || kind.includes("`room`")) await told("lobby.updated", 2);
      step.play();
      await told("game.started");
      step.end();
      await told("game.ended");
      if (!room.isOver) room.exit();
      await told("room.disconnected");
      await api.ask("POST", `${at}/close`);
      const events: Frame[] = [];
      while (events.at(-1)?.type !== "session.ended") events.push(await listener.next());
      for (const { id: _, ...event } of events) AnyEvent.parse(event);
      const about = { sessionId: id, gameId: Number(game.split("/").at(-1)), roomCode: "KLMN" };
      const all = ["IDA", "OLE", "ÅSE"];
      const who = { playerCount: 3, players: all };
      const isSaid = !kind.includes("no state");
      const countdown = { ...about, lobbyState: "Countdown", gameCanStart: true, gameIsStarting: true, playerCount: 3 };
      const setup = { appTag: "drawful2international", maxPlayers: 8, playerCount: 1, players: ["IDA"] };
      expect(events.slice(2).map(({ type, data }) => [type, data])).toEqual([
        ["room.connected", { ...about, ...setup, lobbyState: "WaitingForMore", gameState: "Lobby" }],
        [
          "lobby.player-joined",
          { ...about, playerName: "OLE", playerCount: 2, players: ["IDA", "OLE"], maxPlayers: 8 },
        ],
        ["lobby.player-joined", { ...about, playerName: "ÅSE", ...who, maxPlayers: 8 }],
        [
          "lobby.updated",
          { ...about, lobbyState: "CanStart", gameCanStart: true, gameIsStarting: false, playerCount: 3 },
        ],
        ...(isSaid ? [["lobby.updated", countdown]] : []),
        ["game.started", { ...about, ...who, maxPlayers: 8 }],
        ["game.ended", { ...about, ...who }],
        ["room.disconnected", { ...about, reason: "room_closed", finalPlayerCount: 3 }],
        ["session.ended", { session: { id, is_active: 0, games_played: 1 } }],
      ] as never);
      // No seat was taken and no word was said.
      expect(fake.dials.every(({ url }) => url.searchParams.get("role") === "shard")).toBe(true);
      expect(fake.heard).toEqual([]);
    },
    20_000,
  );

  test("[E10] with a way that is lost in the middle, and all that happened meanwhile", async () => {
    const { fake, api, addGame, told, types } = await night();
    const room = fake.open({ code: "KLMN" });
    room.join("IDA");
    const game = await addGame({ title: "Drawful", room_code: "KLMN" });
    await told("room.connected");
    room.cut();
    room.join("OLE");
    room.set("room", { state: "Round" });
    await told("game.started");
    // Back as who it was.
    expect(fake.dials.at(-1)?.url.searchParams.get("secret")).toMatch(/^secret-/);
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({ monitoring: true, players: ["IDA", "OLE"] });
    room.close(1011);
    room.exit();
    await told("room.disconnected");
    expect((await types()).slice(2)).toEqual([
      ...["room.connected", "lobby.player-joined", "game.started", "game.ended", "room.disconnected"],
    ]);
  }, 30_000);
});

describe("a restart", () => {
  test("[E14] in the middle of a game tells nothing twice, and keeps no secret of theirs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "partyline-ecast-"));
    ended.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "sessions.sqlite");
    let store = Store.open(path, 1024 * 1024);
    const { fake, server, id, addGame, told } = await night({ store });
    const room = fake.open({ code: "KLMN" });
    room.join("IDA");
    const game = await addGame({ title: "Drawful", room_code: "KLMN" });
    await told("room.connected");
    room.set("room", { state: "Round" });
    await told("game.started");
    await server.stop();
    store.close();
    const kept = readFileSync(path, "latin1");
    expect(kept).toContain("KLMN");
    expect(kept).not.toMatch(/secret-|127\.0\.0\.1/);
    store = Store.open(path, 1024 * 1024);
    const second = startServer({ ECAST_URL: fake.url }, systemClock, store);
    ended.push(async () => {
      await second.stop();
      store.close();
    });
    const api = await Api.admitted(second);
    const log = () => api.list(`/api/sessions/${id}/events`);
    const again = listening(second, { api, id });
    await again.told("room.connected", 2);
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({
      monitoring: true,
      gameState: "Gameplay",
      players: ["IDA"],
    });
    room.exit();
    await again.told("room.disconnected");
    expect((await log()).map(({ type }) => type).slice(2)).toEqual([
      ...["room.connected", "game.started", "room.connected", "game.ended", "room.disconnected"],
    ]);
  }, 20_000);

  test("[E14] of a server that drains says nothing of the room", async () => {
    const { fake, server, addGame, told, types } = await night({ env: { DRAIN_SECONDS: "0" } });
    const room = fake.open({ code: "KLMN" });
    await addGame({ title: "Drawful", room_code: "KLMN" });
    await told("room.connected");
    const before = await types();
    await server.drain();
    await until(() => room.lines.size === 0);
    expect(before.at(-1)).toBe("room.connected");
  });
});

describe("a service that means harm", () => {
  /** Plays the game to the one end that is told, whatever the service does; time is the test's. */
  async function end(prepare: (fake: FakeEcast) => void, env: Record<string, string> = {}) {
    const clock = new ManualClock();
    const { fake, server, api, addGame, types, log } = await night({ clock, env });
    prepare(fake);
    const game = await addGame({ title: "Drawful", room_code: "KLMN" });
    while ((await types()).at(-1) !== "room.disconnected") clock.advance(200);
    // Whatever there is to come.
    for (let n = 0; n < 50; n++) {
      clock.advance(2_000);
      await types();
    }
    const gone = (await log()).filter(({ type }) => type === "room.disconnected");
    expect(gone.length).toBe(1);
    expect(await api.ask("GET", `${game}/status-live`)).toMatchObject({ monitoring: false });
    expect(await server.metric("partyline_faults_total")).toBe(0);
    return { fake, reason: gone.map(({ data }) => (data as Frame).reason).join() };
  }

  test("[E4] cannot send this server anywhere else: a listener beside it is never connected to", async () => {
    let connections = 0;
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: () => void connections++, data() {} },
    });
    ended.push(() => listener.stop(true));
    const { port } = listener;
    const hosts = [
      ...[
        `127.0.0.1:${port}`,
        `localhost:${port}`,
        `[::1]:${port}`,
        `0x7f.1:${port}`,
        `2130706433:${port}`,
        `a@127.0.0.1:${port}`,
      ],
      ...[`127.0.0.1:${port}/x?`, "169.254.169.254", "evil.example", "", 7, null, { a: 1 }, "x".repeat(60_000)],
    ];
    for (const host of hosts) {
      const { fake, reason } = await end((one) => void one.open({ code: "KLMN", host }));
      expect([host, reason, fake.dials.length]).toEqual([host, "connection_failed", 0]);
    }
    const to = (status: number) => () =>
      new Response(null, { status, headers: { location: `http://127.0.0.1:${port}/api/v2/rooms/KLMN` } });
    for (const status of [301, 302, 307, 308]) {
      const { reason } = await end((fake) => {
        fake.rest = to(status);
      });
      expect(reason).toBe("connection_failed");
    }
    expect(connections).toBe(0);
  }, 60_000);

  const rests: readonly (readonly [string, () => Response | Promise<Response>])[] = [
    ["429", () => new Response("", { status: 429, headers: { "retry-after": "1" } })],
    ["403", () => new Response("", { status: 403, headers: { "retry-after": "x" } })],
    ["500", () => new Response("", { status: 500 })],
    ["HTML", () => new Response("<html>")],
    [
      "a body without end",
      () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) })),
    ],
    ["a body of nothing", () => Response.json(null)],
    ["nothing at all", () => new Promise<Response>(() => {})],
  ];
  test.each(rests)(
    "[E6] with a directory that answers %s",
    async (_, rest) => {
      const { fake, reason } = await end((one) => {
        one.rest = rest;
      });
      expect([reason, fake.requests.length, fake.dials.length]).toEqual(["connection_failed", 6, 0]);
    },
    30_000,
  );

  const hellos: readonly (readonly [Hello, string, number])[] = [
    ["close", "connection_failed", 6],
    ["refuse", "connection_failed", 6],
    ["silent", "connection_failed", 6],
    ["welcome, then close", "connection_failed", 6],
    [{ error: 2027, closes: true }, "room_not_found", 1],
    [{ error: 2014, closes: false }, "role_rejected", 1],
    [{ error: 2023, closes: true }, "role_rejected", 1],
    [{ error: 1000, closes: false }, "connection_failed", 6],
  ];
  test.each(hellos)(
    "[E6] with rooms that greet with %j: %s",
    async (hello, expected, dials) => {
      const { fake, reason } = await end((one) => {
        one.open({ code: "KLMN" });
        one.hello = hello;
      });
      expect(reason).toBe(expected);
      // Each way stood for no time: six of them at most.
      expect(fake.dials.length).toBe(dials);
    },
    30_000,
  );

  test("[E6] with no room at all", async () => {
    expect(await end(() => {})).toMatchObject({ reason: "room_not_found" });
  });

  test("[E12] with rooms that say what nobody expects", async () => {
    const deep = `{"opcode":"text","result":{"key":"bc:room","val":"${"[".repeat(100_000)}"}}`;
    const crowd = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, n) => [n, { id: n, roles: { player: { name: `P${n}` } } }]),
    );
    const { fake, server, addGame, told, types } = await night();
    const room = fake.open({ code: "KLMN" });
    await addGame({ title: "Drawful", room_code: "KLMN" });
    await told("room.connected");
    for (const frame of ["null", "[]", '{"opcode":null}', deep, "y".repeat(1024)]) room.raw(frame);
    // These two cost the way, which is found again.
    for (const frame of ["x".repeat(2 * 1024 * 1024), new Uint8Array([1, 2, 3])]) {
      const dials = fake.dials.length;
      room.raw(frame);
      await until(() => fake.dials.length > dials && room.lines.size === 1);
    }
    room.tell("client/welcome", { id: 4, secret: "x", here: crowd });
    await told("lobby.player-joined", 256);
    room.exit();
    await told("room.disconnected");
    expect([
      await server.metric("partyline_faults_total"),
      await server.metric("partyline_ecast_attempts_total"),
    ]).toEqual([0, 3]);
    expect((await types()).filter((type) => type === "room.disconnected").length).toBe(1);
  }, 60_000);
});
