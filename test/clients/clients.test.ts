// The clients of other languages against the server, through a pipe that is cut: each thing once and in order, and an end that is told once.
import { afterEach, describe, expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { startServer } from "../support/server.ts";
import { range } from "../support/stage.ts";
import { type Pipe, pipeTo } from "./pipe.ts";
import type { Player } from "./player.ts";
import { PLAYERS } from "./players.ts";

const LIMIT_MS = 60_000;
const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

type Start = () => Promise<Player>;

async function started(start: Start): Promise<Player> {
  const player = await start();
  ended.push(() => player.stop());
  return player;
}

function house(): { readonly url: string; readonly pipe: Pipe } {
  const server = startServer({
    MESSAGES_PER_SECOND: "10000",
    HOST_MESSAGES_PER_SECOND: "10000",
    CONNECTS_PER_SECOND: "1000",
  });
  ended.push(() => server.stop());
  const pipe = pipeTo(server.port);
  ended.push(() => pipe.stop());
  return { url: server.url, pipe };
}

/** A TV in TypeScript, and the player as a phone in its room, through the pipe. */
async function party(start: Start) {
  const { url, pipe } = house();
  const tv = await Client.connect(url);
  const opened = await tv.ask({ type: "create", clientId: "tv", secret: "s", maxClients: 8, away: 60, history: 512 });
  const room = String(opened.room);
  const player = await started(start);
  const seat = await player.ask("join", { url: pipe.url, room: ` ${room.toLowerCase()}`, name: "Ann" });
  const { me } = seat.value as { readonly me: string };
  expect(seat.value).toEqual({ code: room, me });
  expect(await tv.next()).toMatchObject({ type: "peer_joined", clientId: me, name: "Ann" });
  return { url, pipe, tv, room, player, me };
}

/** The next frame of this type. */
async function nextOf(client: Client, type: string): Promise<Frame> {
  for (;;) {
    const frame = await client.next();
    if (frame.type === type) return frame;
  }
}

for (const { name, need, start } of PLAYERS) {
  need.describe(name, () => {
    test(
      "opens a room, joins one, and says and hears all that a room has",
      async () => {
        const { url } = house();
        const tv = await started(start);
        const { value } = await tv.ask("create", { url, max_clients: 4, name: "TV", state: { round: 1 } });
        const { code, me } = value as { readonly code: string; readonly me: string };
        expect(me).toMatch(/^[0-9a-f]{32}$/);
        const phone = await started(start);
        const { me: ann } = (await phone.ask("join", { url, room: code, name: "Ann" })).value as { me: string };
        expect(await phone.next("fresh")).toBeDefined();
        expect(await tv.next("joined")).toMatchObject({ member: ann });
        const data = {
          // Half a pair is no text in Godot.
          text: `é "quoted" \\ \n \u2028 😀 ${name === "godot" ? "" : "\ud800"}`,
          list: [1, -2.5, 1e21, true, false, null, {}, []],
          deep: [[[]]],
        };
        expect((await phone.ask("send", { data, to: me })).value).toMatchObject({ delivered: 1 });
        expect(await tv.next("message")).toMatchObject({ member: ann, data, missed: false });
        expect((await tv.ask("send", { data: "to all" })).value).toMatchObject({ delivered: 1 });
        expect(await phone.next("message")).toMatchObject({ member: me, data: "to all" });
        expect((await phone.ask("send", { data: 1, to: [me, "nobody"] })).error).toBe("target_not_found");
        expect((await phone.ask("cast", { data: "now" })).value).toBe(true);
        expect(await tv.next("message", (line) => line.data === "now")).toMatchObject({ member: ann });
        expect((await tv.ask("set_state", { data: { round: 2 } })).error).toBeUndefined();
        expect(await phone.next("state")).toMatchObject({ data: { round: 2 } });
        expect((await phone.ask("set_data", { data: { points: 3 } })).error).toBeUndefined();
        expect(await tv.next("data")).toMatchObject({ member: ann, data: { points: 3 } });
        expect((await phone.ask("lock")).error).toBe("not_host");
        expect((await tv.ask("lock")).error).toBeUndefined();
        expect(await phone.next("locked")).toMatchObject({ locked: true });
        const members = [
          [me, "TV", true, null, true],
          [ann, "Ann", true, { points: 3 }, false],
        ];
        const picture = { members, state: { round: 2 }, locked: true };
        expect((await tv.ask("picture")).value).toEqual({ ...picture, isHost: true });
        expect((await phone.ask("picture")).value).toEqual({ ...picture, isHost: false });
        await tv.ask("ask", { type: "session.start" });
        await tv.ask("ask", { type: "game.add", title: "Quiz" });
        expect((await phone.ask("vote", { vote: "up" })).error).toBeUndefined();
        expect(await tv.next("session", ({ data }) => (data as Frame).type === "vote.received")).toBeDefined();
        expect((await tv.ask("make_host", { member: ann })).error).toBeUndefined();
        expect(await phone.next("host")).toMatchObject({ member: ann });
        expect((await tv.ask("leave")).error).toBeUndefined();
        expect(await tv.next("over")).toMatchObject({ why: "left" });
        expect(await phone.next("left")).toMatchObject({ member: me, reason: "left" });
        expect((await tv.ask("send", { data: 1 })).error).toBe("over");
        expect((await phone.ask("close", { reason: "good night" })).error).toBeUndefined();
        expect(await phone.next("over")).toMatchObject({ why: "closed", code: 4001, reason: "good night" });
      },
      LIMIT_MS,
    );

    test(
      "is cut twelve times in the middle of talk both ways: each message once and in order, and each send is answered",
      async () => {
        const { pipe, tv, player, me } = await party(start);
        const count = 240;
        const heard: unknown[] = [];
        const listens = (async () => {
          while (heard.length < count) heard.push((await nextOf(tv, "message")).data);
        })();
        const answers: Promise<{ readonly error?: string }>[] = [];
        for (const n of range(0, count)) {
          answers.push(player.ask("send", { data: n, to: "tv" }));
          tv.send({ type: "send", data: n, to: me });
          if (n % 20 === 10) {
            // Cut when something of this burst has arrived, and something perhaps not; go on when the player is back.
            await player.next("message", ({ data }) => Number(data) > n - 10);
            pipe.cut();
            await player.next("status", ({ status }) => status === "here");
          }
        }
        await listens;
        const errors = (await Promise.all(answers)).filter(({ error }) => error !== undefined);
        expect(errors).toEqual([]);
        expect(heard).toEqual(range(0, count));
        const last = () => player.heard("message").some(({ data }) => data === count - 1);
        while (!last()) await player.next("message");
        expect(player.heard("message").map(({ data }) => data)).toEqual(range(0, count));
        expect(pipe.dialled()).toBe(13);
        expect(player.heard("fresh")).toHaveLength(1);
      },
      LIMIT_MS,
    );

    test(
      "while away says so, keeps 64 requests and no more, drops casts, and hears as missed what was said meanwhile",
      async () => {
        const { pipe, tv, player, me } = await party(start);
        await player.next("fresh");
        pipe.refuse(true);
        await player.next("status", ({ status }) => status === "away");
        expect((await player.ask("cast", { data: "never" })).value).toBe(false);
        const waiting = range(0, 64).map((data) => player.ask("send", { data }));
        expect((await player.ask("send", { data: 64 })).error).toBe("queue_full");
        expect(await tv.next()).toMatchObject({ type: "peer_away", clientId: me });
        tv.send({ type: "send", data: "while you slept", to: me });
        pipe.refuse(false);
        expect(await player.next("message")).toMatchObject({ data: "while you slept", missed: true });
        for (const answer of waiting) expect((await answer).error).toBeUndefined();
        expect(await tv.next()).toMatchObject({ type: "peer_back", clientId: me });
        for (const n of range(0, 64)) expect(await tv.next()).toMatchObject({ type: "message", data: n });
        expect((await player.ask("cast", { data: "now" })).value).toBe(true);
        expect(await tv.next()).toMatchObject({ data: "now" });
      },
      LIMIT_MS,
    );

    test(
      "is told of a send that is too large for the server, and says all the others",
      async () => {
        const { tv, player } = await party(start);
        const before = player.ask("send", { data: "before" });
        const large = player.ask("send", { data: "x".repeat(70_000) });
        const after = player.ask("send", { data: "after" });
        expect((await large).error).toBe("too_large");
        for (const answer of [before, after]) expect((await answer).error).toBeUndefined();
        expect((await player.ask("cast", { data: "x".repeat(70_000) })).value).toBe(false);
        expect((await nextOf(tv, "message")).data).toBe("before");
        expect((await nextOf(tv, "message")).data).toBe("after");
      },
      LIMIT_MS,
    );

    test(
      "hears what it missed, marked as such, and is told of those who went meanwhile",
      async () => {
        const { url, pipe, tv, player, me, room } = await party(start);
        const other = await Client.connect(url);
        await other.ask({ type: "join", clientId: "bo", secret: "s", name: "Bo", room });
        expect(await player.next("joined")).toMatchObject({ member: "bo" });
        const seat = (await player.ask("seat")).value as object;
        await player.stop();
        await nextOf(tv, "peer_away");
        tv.send({ type: "send", data: "while you slept" });
        other.send({ type: "leave" });
        await nextOf(tv, "peer_left");
        // Another process, with the seat that was kept.
        const again = await started(start);
        expect((await again.ask("join", { url: pipe.url, room, seat })).value).toEqual({ code: room, me });
        expect(await again.next("message")).toMatchObject({ member: "tv", data: "while you slept", missed: true });
        const { members } = (await again.ask("picture")).value as { readonly members: unknown[][] };
        expect(members.map(([id, called]) => [id, called])).toEqual([
          ["tv", null],
          [me, "Ann"],
        ]);
        expect(again.heard("fresh")).toEqual([]);
      },
      LIMIT_MS,
    );

    test(
      "is over once: kicked, replaced, refused, and gone",
      async () => {
        const { url, tv, player, room, pipe } = await party(start);
        const seat = (await player.ask("seat")).value as { readonly clientId: string; readonly secret: string };
        const thief = await Client.connect(url);
        await thief.ask({ type: "join", ...seat, room });
        expect(await player.next("over")).toMatchObject({ why: "replaced", code: 4000 });
        const second = await started(start);
        await second.ask("join", { url: pipe.url, room, name: "Bo" });
        const { clientId: bo } = (await second.ask("seat")).value as { readonly clientId: string };
        tv.send({ type: "kick", clientId: bo, reason: "too loud" });
        expect(await second.next("over")).toMatchObject({ why: "kicked", code: 4002, reason: "too loud" });
        for (const one of [player, second]) expect(one.heard("over")).toHaveLength(1);
        expect((await player.ask("join", { url, room, seat: { ...seat, secret: "wrong" } })).error).toBe(
          "wrong_secret",
        );
        expect((await player.ask("join", { url, room: "XXXX" })).error).toBe("room_not_found");
        expect(pipe.dialled()).toBe(2);
      },
      LIMIT_MS,
    );

    test(
      "finds a link that is dead without a word, and comes back on another",
      async () => {
        const { pipe, tv, player, me } = await party(start);
        await player.next("fresh");
        pipe.hold();
        const answer = player.ask("send", { data: "into the void", to: "tv" });
        tv.send({ type: "send", data: "out of the void", to: me });
        expect(await player.next("message")).toMatchObject({ data: "out of the void", missed: true });
        expect((await nextOf(tv, "message")).data).toBe("into the void");
        expect((await answer).error).toBeUndefined();
      },
      LIMIT_MS,
    );
  });
}

describe("the pipe", () => {
  test("passes on, cuts, and holds", async () => {
    const { pipe } = house();
    const client = await Client.connect(pipe.url);
    expect(await client.ask({ type: "ping", id: 1 })).toMatchObject({ type: "pong", id: 1 });
    pipe.cut();
    expect((await client.closed).code).toBe(1006);
  });
});
