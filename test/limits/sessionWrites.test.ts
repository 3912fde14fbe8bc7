// How much game clients may write to the sessions' log: what is beyond waits for its turn, by address, and nothing is refused or lost.
import { describe, expect, test } from "bun:test";
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

/** A room in which a session with a game goes on; its address has rested since. */
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

/** Votes numbered from..to−1, up and down by a pattern of their own. */
const wayOf = (n: number) => (n % 3 === 0 ? "up" : "down");
function vote(client: Client, from: number, to: number): void {
  for (const n of range(from, to)) client.send({ type: "vote", vote: wayOf(n), id: n });
}

const waysOf = (frames: readonly Frame[]) =>
  frames
    .filter(({ type }) => type === "vote.received")
    .map(({ data }) => (data as { vote: { type: string } }).vote.type);
const ways = (from: number, to: number) => range(from, to).map(wayOf);

describe("writing to the log", () => {
  test("[L19] a burst is free; what is beyond waits, and arrives whole and in order", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    const guest = only(guests);
    vote(guest, 0, 50);
    await turn(server);
    const heard = waysOf(await host.upToFence());
    expect(heard).toEqual(ways(0, BURST));
    for (const second of range(1, 6)) {
      clock.advance(1_000);
      await turn(server);
      heard.push(...waysOf(await host.upToFence()));
      expect(heard).toEqual(ways(0, BURST + RATE * second));
    }
    while (heard.length < 50) {
      clock.advance(500);
      heard.push(...waysOf(await host.upToFence()));
    }
    expect(heard).toEqual(ways(0, 50));
    clock.advance(1_000);
    const own = await guest.upToFence();
    expect(own.filter(({ type }) => type === "ack").map(({ id }) => id)).toEqual(range(0, 50));
    expect(own.filter(({ type }) => type === "error")).toEqual([]);
    expect(own.length).toBe(100);
    expect(await host.upToFence()).toEqual([]);
  });

  test("[L19] is no flood: nobody is closed for it, however long it takes", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    vote(only(guests), 0, 100);
    const heard: string[] = [];
    while (heard.length < 100) {
      clock.advance(1_000);
      heard.push(...waysOf(await host.upToFence()));
    }
    expect(heard).toEqual(ways(0, 100));
    expect(await server.metric("partyline_lines")).toBe(2);
  });

  test("[L19] all lines of an address share it, and each keeps its order", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock, 3);
    for (const guest of guests) vote(guest, 0, 20);
    await turn(server);
    const heard = await host.upToFence();
    expect(waysOf(heard).length).toBe(BURST);
    while (waysOf(heard).length < 60) {
      clock.advance(500);
      heard.push(...(await host.upToFence()));
    }
    for (const name of ["guest-1", "guest-2", "guest-3"]) {
      const own = heard.filter(({ data }) => (data as { vote: { username: string } }).vote.username === name);
      expect(waysOf(own)).toEqual(ways(0, 20));
    }
  });

  test("[L19] other addresses are not touched, in the same room or another", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests, code } = await played(server.url, clock);
    const other = await Client.connect(server.url, FROM_2);
    await other.ask({ type: "join", clientId: "other", room: code });
    const elsewhere = await played(server.url, clock, 1, FROM_2);
    await other.upToFence();
    vote(only(guests), 0, 60);
    await turn(server);
    await host.upToFence();
    vote(other, 0, 1);
    expect(await host.next()).toMatchObject({ type: "vote.received", data: { vote: { username: "other" } } });
    vote(only(elsewhere.guests), 0, 1);
    expect(await elsewhere.host.next()).toMatchObject({ type: "vote.received" });
  });

  test("[L19] a join is charged for what it wrote, and what was written weighs by its length", async () => {
    const { server, clock } = stage(SLOW);
    const { host, code } = await played(server.url, clock, 0);
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
    await host.upToFence();
    vote(newcomer, 0, BURST);
    await turn(server);
    expect(waysOf(await host.upToFence())).toEqual(ways(0, BURST - 1 - weight));
  });

  test("[L19] what writes nothing does not wait, on lines that do not wait", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests, code } = await played(server.url, clock, 2);
    const [writer, talker] = guests as [Client, Client];
    vote(writer, 0, 60);
    await turn(server);
    await host.upToFence();
    await talker.upToFence();
    talker.send({ type: "send", data: "still here" });
    expect(await host.next()).toEqual({ type: "message", from: "guest-2", data: "still here" });
    expect(await host.ask({ type: "send", data: 1, id: "x" })).toMatchObject({ type: "ack", id: "x" });
    // Nor does a join to a room that nobody watches, nor a vote where it could write nothing.
    const { code: quiet } = await openRoom(server.url, 1, FROM_1);
    const late = await Client.connect(server.url, FROM_1);
    expect(await late.ask({ type: "vote", vote: "up" })).toMatchObject({ code: "not_in_room" });
    expect(await late.ask({ type: "join", clientId: "late", room: quiet })).toMatchObject({ type: "joined" });
    // A join to one that is watched does.
    const later = await Client.connect(server.url, FROM_1);
    later.send({ type: "join", clientId: "later", room: code });
    await turn(server);
    expect((await host.upToFence()).filter(({ type }) => type === "peer_joined")).toEqual([]);
    clock.advance(1_500);
    expect(await later.next()).toMatchObject({ type: "joined" });
    expect(await later.next()).toMatchObject({ type: "lobby.player-joined", data: { playerName: "later" } });
  });

  test("[L19] what a line says after it waits with it, in its order", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    const guest = only(guests);
    vote(guest, 0, BURST + 1);
    guest.send({ type: "send", data: "after" });
    await turn(server);
    expect((await host.upToFence()).length).toBe(BURST);
    clock.advance(500);
    expect((await take(host, 2)).map(({ type }) => type)).toEqual(["vote.received", "message"]);
  });

  test("[L19] the API is not bounded by it", async () => {
    const { server, clock } = stage({ SESSION_WRITES_PER_SECOND: "1" });
    const { host } = await played(server.url, clock, 0);
    const api = await Api.admitted(server);
    for (const n of range(0, 40))
      await api.ask("POST", "/api/votes/live", { username: `v${n}`, vote: "up", sessionId: 1 });
    expect((await take(host, 40)).map(({ type }) => type)).toEqual(range(0, 40).map(() => "vote.received"));
  });

  test("[L16][L19] LIMITS=off lifts it", async () => {
    const { server, clock } = stage({ ...SLOW, LIMITS: "off" });
    const { host, guests } = await played(server.url, clock);
    vote(only(guests), 0, 300);
    expect(waysOf(await take(host, 300))).toEqual(ways(0, 300));
  });

  test("[R21][L19] what a line had said before it closed still counts, its `leave` too", async () => {
    const { server, clock } = stage(SLOW);
    const { host, guests } = await played(server.url, clock);
    const guest = only(guests);
    vote(guest, 0, BURST + 1);
    guest.send({ type: "leave" });
    await turn(server);
    void guest.close();
    const heard = await host.upToFence();
    while (heard.at(-1)?.type !== "lobby.updated") {
      clock.advance(500);
      heard.push(...(await host.upToFence()));
    }
    expect(waysOf(heard)).toEqual(ways(0, BURST + 1));
    expect(heard.at(-2)).toEqual({ type: "peer_left", clientId: "guest-1", reason: "left" });
  });

  test("[L19] closing a line behind its words is no way past it, and costs the neighbours nothing", async () => {
    const { server, clock } = stage({ ...SLOW, CONNECTS_PER_SECOND: "1000" });
    const { host, code } = await played(server.url, clock);
    const vandals = 5;
    for (let n = 0; n < vandals; n++) {
      const raw = await RawClient.connect(`${server.url}/`, FROM_1);
      const frames = [JSON.stringify({ type: "join", clientId: `v${n}`, room: code })];
      for (const at of range(0, 100)) frames.push(JSON.stringify({ type: "vote", vote: wayOf(at) }));
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
