// How much game clients may write to the sessions' log: what is beyond waits for its turn, by address, and nothing is refused or lost.
import { describe, expect, test } from "bun:test";
import { GATHERING } from "../../src/sessions/gathering.ts";
import { Api } from "../support/api.ts";
import { Client, type Frame } from "../support/client.ts";
import type { ManualClock } from "../support/clock.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { only, openRoom, type Party, range, stages, take, turn } from "../support/stage.ts";

const stage = stages();

const RATE = 2;
const BURST = 20;
const SLOW = { SESSION_WRITES_PER_SECOND: String(RATE), TRUSTED_PROXIES: "1" };
const FROM_1 = { "X-Forwarded-For": "192.0.2.1" };
const FROM_2 = { "X-Forwarded-For": "192.0.2.2" };

/** A room in which a session with a game goes on; the bucket of its address is full again. */
async function played(
  url: string,
  clock: ManualClock,
  guests = 1,
  headers: Record<string, string> = FROM_1,
): Promise<Party> {
  const party = await openRoom(url, guests, headers);
  party.host.send({ type: "session.start" });
  party.host.send({ type: "game.add", title: "Quiz" });
  for (const member of [party.host, ...party.guests]) {
    expect((await take(member, 3)).map(({ type }) => type)).toEqual([
      "session.started",
      "game.added",
      "room.connected",
    ]);
  }
  clock.advance(((BURST + 2) / RATE) * 1000);
  return party;
}

/** What a host says of its lobby, numbered from..to−1, by a pattern of its own: each is a write, and votes have a limit of their own. */
const wayOf = (n: number) => (n % 3 === 0 ? "CanStart" : "Countdown");
function write(host: Client, from: number, to: number): void {
  for (const n of range(from, to)) host.send({ type: "lobby.update", lobbyState: wayOf(n), id: n });
}

const waysOf = (frames: readonly Frame[]) =>
  frames.filter(({ type }) => type === "lobby.updated").map(({ data }) => (data as { lobbyState: string }).lobbyState);
const ways = (from: number, to: number) => range(from, to).map(wayOf);

describe("writing to the log", () => {
  test("[L19] a burst is free; what is beyond waits, and arrives whole and in order", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    const guest = only(guests);
    write(host, 0, 50);
    await turn(server);
    const heard = waysOf(await guest.upToFence());
    expect(heard).toEqual(ways(0, BURST));
    for (const second of range(1, 6)) {
      clock.advance(1_000);
      await turn(server);
      heard.push(...waysOf(await guest.upToFence()));
      expect(heard).toEqual(ways(0, BURST + RATE * second));
    }
    while (heard.length < 50) {
      clock.advance(500);
      heard.push(...waysOf(await guest.upToFence()));
    }
    expect(heard).toEqual(ways(0, 50));
    clock.advance(1_000);
    const own = await host.upToFence();
    expect(own.filter(({ type }) => type === "ack").map(({ id }) => id)).toEqual(range(0, 50));
    expect(own.filter(({ type }) => type === "error")).toEqual([]);
    expect(own.length).toBe(100);
    expect(await guest.upToFence()).toEqual([]);
  });

  test("[L19] is no flood: nobody is closed for it, however long it takes", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    write(host, 0, 100);
    const heard: string[] = [];
    while (heard.length < 100) {
      clock.advance(1_000);
      heard.push(...waysOf(await only(guests).upToFence()));
    }
    expect(heard).toEqual(ways(0, 100));
    expect(await server.metric("partyline_lines")).toBe(2);
  });

  test("[L19] all lines of an address share it, and each keeps its order", async () => {
    const { server, clock } = stage(SLOW);
    const parties: Party[] = [];
    for (const _ of range(0, 3)) parties.push(await played(server.url, clock));
    for (const { host } of parties) write(host, 0, 20);
    await turn(server);
    const heard = parties.map((): string[] => []);
    const listen = async () => {
      for (const [at, { guests }] of parties.entries()) heard[at]?.push(...waysOf(await only(guests).upToFence()));
      return heard.flat().length;
    };
    expect(await listen()).toBe(BURST);
    while ((await listen()) < 60) clock.advance(500);
    for (const own of heard) expect(own).toEqual(ways(0, 20));
  });

  test("[L19] other addresses are not touched, in the same room or another", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests, code } = await played(server.url, clock);
    const guest = only(guests);
    const other = await Client.connect(server.url, FROM_2);
    await other.ask({ type: "join", clientId: "other", room: code });
    const elsewhere = await played(server.url, clock, 1, FROM_2);
    await other.upToFence();
    write(host, 0, 60);
    await turn(server);
    await guest.upToFence();
    other.send({ type: "vote", vote: "up" });
    expect(await guest.next()).toMatchObject({ type: "vote.received", data: { vote: { username: "other" } } });
    write(elsewhere.host, 0, 1);
    expect(await only(elsewhere.guests).next()).toMatchObject({ type: "lobby.updated" });
  });

  test("[L19] a join is charged for what it wrote, and what was written weighs by its length", async () => {
    const { server, clock } = stage(SLOW);
    const { host, code } = await played(server.url, clock, 0);
    const elsewhere = await played(server.url, clock, 1, FROM_2);
    // The event that says who came names everyone who is there.
    for (const n of range(0, 6)) {
      const guest = await Client.connect(server.url, { "X-Forwarded-For": `203.0.113.${n}` });
      await guest.ask({ type: "join", clientId: `${n}`.repeat(64), name: "n".repeat(64), room: code });
      await host.upToFence();
    }
    const newcomer = await Client.connect(server.url, FROM_2);
    await newcomer.ask({ type: "join", clientId: "newcomer", room: code });
    const joined = await newcomer.next();
    expect(joined.type).toBe("lobby.player-joined");
    const weight = Math.floor(JSON.stringify(joined.data).length / 512);
    expect(weight).toBeGreaterThanOrEqual(1);
    write(elsewhere.host, 0, BURST);
    await turn(server);
    expect(waysOf(await only(elsewhere.guests).upToFence())).toEqual(ways(0, BURST - 1 - weight));
  });

  test("[L19] what writes nothing does not wait, on lines that do not wait", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests, code } = await played(server.url, clock, 2);
    const [talker, listener] = guests as [Client, Client];
    write(host, 0, 60);
    await turn(server);
    await talker.upToFence();
    await listener.upToFence();
    talker.send({ type: "send", data: "still here" });
    expect(await listener.next()).toEqual({ type: "message", from: "guest-1", data: "still here" });
    expect(await listener.ask({ type: "send", data: 1, id: "x" })).toMatchObject({ type: "ack", id: "x" });
    // Nor does a join to a room that nobody watches, nor a vote where it could write nothing.
    const { code: quiet } = await openRoom(server.url, 1, FROM_1);
    const late = await Client.connect(server.url, FROM_1);
    expect(await late.ask({ type: "vote", vote: "up" })).toMatchObject({ code: "not_in_room" });
    expect(await late.ask({ type: "join", clientId: "late", room: quiet })).toMatchObject({ type: "joined" });
    // A join to one that is watched does.
    const later = await Client.connect(server.url, FROM_1);
    later.send({ type: "join", clientId: "later", room: code });
    await turn(server);
    expect((await listener.upToFence()).filter(({ type }) => type === "peer_joined")).toEqual([]);
    clock.advance(1_500);
    expect(await later.next()).toMatchObject({ type: "joined" });
    const names = (await later.upToFence()).filter(({ type }) => type === "lobby.player-joined");
    expect(names).toMatchObject([{ data: { playerName: "later" } }]);
  });

  test("[L39] while writes of a line wait its game goes on: messages, state, the lock, a kick", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock, 2);
    const [guest, rude] = guests as [Client, Client];
    write(host, 0, BURST + 3);
    await turn(server);
    expect(waysOf(await guest.upToFence())).toEqual(ways(0, BURST));
    host.send({ type: "send", data: "the game goes on" });
    host.send({ type: "set_state", data: 7 });
    host.send({ type: "lock", locked: true });
    host.send({ type: "kick", clientId: "guest-2" });
    expect((await take(guest, 4)).map(({ type }) => type)).toEqual(["message", "state", "room_locked", "peer_left"]);
    expect((await rude.closed).code).toBe(4002);
    const acks: Frame[] = [];
    while (acks.length < BURST + 3) {
      clock.advance(500);
      acks.push(...(await host.upToFence()).filter(({ type }) => type === "ack"));
    }
    expect(acks.map(({ id }) => id)).toEqual(range(0, BURST + 3));
    expect(await server.metric('partyline_limited_total{bucket="writes"}')).toBe(1);
    expect(await server.metric("partyline_pauses_total")).toBe(0);
  });

  test("[L39] what needs the writes, or would undo them, comes after them in its order, and so does all that is behind it", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests, code } = await played(server.url, clock);
    const guest = only(guests);
    write(host, 0, BURST + 1);
    host.send({ type: "make_host", clientId: "guest-1" });
    host.send({ type: "send", data: "behind it" });
    host.send({ type: "leave" });
    host.send({ type: "join", clientId: "host", room: code });
    await turn(server);
    expect((await guest.upToFence()).length).toBe(BURST);
    const heard: Frame[] = [];
    while (heard.at(-1)?.type !== "peer_joined") {
      clock.advance(500);
      heard.push(...(await guest.upToFence()));
    }
    const types = heard.map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual(["lobby.updated", "host_changed", "message", "peer_left"]);
  });

  test("[L39] more than sixteen of a line pause its reads, and arrive whole and in order with what is behind them", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    const guest = only(guests);
    write(host, 0, BURST + 16);
    host.send({ type: "send", data: "not behind" });
    await turn(server);
    expect((await guest.upToFence()).at(-1)).toMatchObject({ data: "not behind" });
    write(host, BURST + 16, BURST + 18);
    host.send({ type: "send", data: "behind" });
    await turn(server);
    const heard = await guest.upToFence();
    expect(heard).toEqual([]);
    while (waysOf(heard).length < 18) {
      clock.advance(500);
      heard.push(...(await guest.upToFence()));
    }
    expect(waysOf(heard)).toEqual(ways(BURST, BURST + 18));
    // The one past the sixteen is carried out, and the message behind it may overtake the one after that.
    const at = heard.findIndex(({ data }) => data === "behind");
    expect(at).toBeGreaterThanOrEqual(16);
  });

  test("[L39] a session that is begun with a token waits with the line's reads paused: what is behind it needs it", async () => {
    const { server, clock } = stage(SLOW);
    const { host } = await played(server.url, clock);
    const token = (await Api.admitted(server)).headers.authorization?.slice("Bearer ".length);
    write(host, 0, BURST + 1);
    host.send({ type: "session.end" });
    host.send({ type: "session.start", token });
    host.send({ type: "game.add", title: "Next" });
    await turn(server);
    const heard: Frame[] = [];
    while (heard.at(-1)?.type !== "game.added") {
      clock.advance(500);
      await turn(server);
      heard.push(await host.next());
    }
    expect(heard.filter(({ type }) => type === "session.started" || type === "error")).toHaveLength(1);
    expect(await new Api(server).list("/api/sessions")).toHaveLength(1);
  });

  test("[L19] where more than ten seconds of writes wait already, a line that closes adds none: what it asked for is given up, and counted", async () => {
    const { server, clock } = stage({ ...SLOW, MAX_ROOMS_PER_ADDRESS: "100", CONNECTS_PER_SECOND: "1000" });
    const { host } = await played(server.url, clock);
    write(host, 0, BURST);
    await host.upToFence();
    const others = await Promise.all(range(0, 24).map(() => openRoom(server.url, 0, FROM_1)));
    for (const other of others) other.host.send({ type: "session.start" });
    for (const other of others) await other.host.upToFence();
    await others[23]?.host.close();
    await turn(server);
    expect(await server.metric("partyline_abandoned_total")).toBe(1);
    // The others wait on, and theirs are carried out.
    for (let n = 0; n < 60; n++) {
      clock.advance(500);
      await turn(server);
    }
    expect((await others[22]?.host.upToFence())?.map(({ type }) => type)).toContain("session.started");
  });

  test("[L19] the API is not bounded by it", async () => {
    const { server, clock } = stage({ SESSION_WRITES_PER_SECOND: "1" });
    const { host } = await played(server.url, clock, 0);
    const api = await Api.admitted(server);
    for (const n of range(0, 40)) {
      await api.ask("POST", "/api/votes/live", { username: `v${n}`, vote: "up", sessionId: 1 });
      clock.advance(GATHERING.everyMs);
    }
    expect((await take(host, 40)).map(({ type }) => type)).toEqual(range(0, 40).map(() => "vote.received"));
  });

  test("[L16][L19] LIMITS=off lifts it", async () => {
    const { server, clock } = stage({ ...SLOW, LIMITS: "off" });
    const { host, guests } = await played(server.url, clock);
    write(host, 0, 300);
    expect(waysOf(await take(only(guests), 300))).toEqual(ways(0, 300));
  });

  test("[R21][L19] what a line had said before it closed still counts, its `leave` too", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    const guest = only(guests);
    write(host, 0, BURST + 1);
    host.send({ type: "leave" });
    await turn(server);
    void host.close();
    const heard = await guest.upToFence();
    while (heard.at(-1)?.type !== "host_changed") {
      clock.advance(500);
      heard.push(...(await guest.upToFence()));
    }
    expect(waysOf(heard)).toEqual(ways(0, BURST + 1));
    expect(heard).toContainEqual({ type: "peer_left", clientId: "host", reason: "left" });
  });

  test("[L19] closing a line behind its words is no way past it, and costs the neighbours nothing", async () => {
    const { server, clock } = stage({ ...SLOW, CONNECTS_PER_SECOND: "1000" });
    const { host, code } = await played(server.url, clock);
    const vandals = 5;
    for (let n = 0; n < vandals; n++) {
      const raw = await RawClient.connect(`${server.url}/`, FROM_1);
      const frames = [JSON.stringify({ type: "join", clientId: `v${n}`, room: code })];
      for (const at of range(0, 100)) frames.push(JSON.stringify({ type: "vote", vote: at % 3 === 0 ? "up" : "down" }));
      // In one write, so that the server has read the close with the words before it could pause the line.
      raw.write(Buffer.concat([...frames.map((text) => frame(text)), frame("", OPCODE.close)]));
      await raw.ended;
    }
    await turn(server);
    const logged = await server.metric("partyline_session_events_total");
    // Three of the beginning, the burst, and for each vandal what waited when it closed, its coming and its going.
    expect(logged).toBeLessThanOrEqual(3 + BURST + 3 * vandals);
    expect(await server.metric("partyline_abandoned_total")).toBeGreaterThan(400);
    clock.advance((vandals / RATE) * 1000 + 1_000);
    await turn(server);
    host.send({ type: "vote", vote: "up", id: "mine" });
    const heard = await host.upToFence();
    expect(heard).toContainEqual(expect.objectContaining({ type: "ack", id: "mine" }));
  });
});
