// Readers of the live socket that do not keep up, of what is new and of what they missed. The kernel hides some megabytes of what a
// reader has not read, so more than that is told.
import { describe, expect, test } from "bun:test";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { Api } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { OPCODE, RawClient } from "../support/raw.ts";
import { range, stages, turn } from "../support/stage.ts";

const stage = stages();

/** A session whose game is watched again and again: each time two events, the second with everyone's name. */
async function crowded(crowd: number, env: Record<string, string> = {}) {
  const { server, clock } = stage({ LIMITS: "off", ...env });
  const api = await Api.admitted(server);
  const token = api.headers.authorization?.replace("Bearer ", "");
  const host = await Client.connect(server.url);
  const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: crowd + 1 });
  const members = await Promise.all(range(0, crowd).map(() => Client.connect(server.url)));
  for (const [n, member] of members.entries()) {
    member.send({ type: "join", clientId: `member-${n}`, name: `${n}${"語".repeat(60)}`, room });
  }
  for (const member of members) await member.upToFence();
  await api.make("/api/sessions");
  await api.make("/api/sessions/1/games", { title: "Quiz" });
  /** One that subscribes and then reads nothing any more. */
  const asleep = async (since: number | null) => {
    const client = await RawClient.connect(server.url + LIVE_PATH);
    client.send(JSON.stringify({ type: "auth", token }));
    expect(await client.next()).toMatchObject({ type: "auth_success" });
    client.send(JSON.stringify({ type: "subscribe", sessionId: 1, since }));
    expect(await client.next()).toMatchObject({ type: "subscribed" });
    client.socket.pause();
    return client;
  };
  const check = "/api/sessions/1/games/1/start-player-check";
  const watch = async (times: number) => {
    for (const _ of range(0, times)) await api.ask("POST", check, { room_code: room });
  };
  /** All the ids that have been told since. */
  const told = async () => {
    const ids: unknown[] = [];
    for (;;) {
      const page = await api.list(`/api/sessions/1/events?after=${ids.at(-1) ?? 2}`);
      if (page.length === 0) return ids;
      ids.push(...page.map(({ id }) => id));
    }
  };
  return { server, clock, asleep, watch, told };
}

describe("slow readers", () => {
  test("[L6] one that leaves too much unread is closed with 4102; awake, it reads what was written before, in order, then the code", async () => {
    const { server, clock, asleep, watch, told } = await crowded(99);
    const sleeper = await asleep(null);
    // 20 KiB each: the kernel hides up to some megabytes of them.
    await watch(800);
    clock.advance(1_100);
    expect(await server.metric('partyline_closes_total{code="4102"}')).toBe(1);
    const ids = await told();
    expect(ids.length).toBe(2 * 800 - 1);
    sleeper.socket.resume();
    for (const id of ids) expect((await sleeper.next()).id).toBe(id);
    // No word before the code [T7].
    let last = await sleeper.nextFrame();
    while (last.opcode === OPCODE.ping) last = await sleeper.nextFrame();
    expect([last.opcode, last.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 4102]);
    expect(await server.metric("partyline_dropped_total")).toBe(0);
  }, 30_000);

  test("[T6] one that catches up is told as much as it reads: asleep, it fills nobody's memory", async () => {
    const { server, clock, asleep, watch, told } = await crowded(30, { LIVE_SILENCE_SECONDS: "86400" });
    // 6 KiB each, so that what is read from the log at a time stays under what a line may leave unread.
    await watch(2_400);
    const ids = await told();
    const before = await server.metric("partyline_messages_out_total");
    const sleeper = await asleep(2);
    for (const _ of range(0, 50)) {
      clock.advance(50);
      await turn(server);
    }
    expect(await server.metric("partyline_lines")).toBe(32);
    expect((await server.metric("partyline_messages_out_total")) - before).toBeLessThan(ids.length);
    sleeper.socket.resume();
    let at = 0;
    const read = (async () => {
      for (const id of ids) {
        expect((await sleeper.next()).id).toBe(id);
        at++;
      }
    })();
    while (at < ids.length) {
      clock.advance(20);
      await turn(server);
    }
    await read;
  }, 30_000);
});
