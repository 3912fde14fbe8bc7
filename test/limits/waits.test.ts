// What waits for its turn, seen from what its line says behind it: a wait is no flood, and nobody speaks out of turn by hanging up.
import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import type { ManualClock } from "../support/clock.ts";
import { ELSEWHERE, exhaust, wrongJoin } from "../support/guesses.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { linesAre, numbersOf, openRoom, range, reaches, stages, take, turn } from "../support/stage.ts";

const stage = stages();

const PROXY = { TRUSTED_PROXIES: "1" };
/** The burst of a member: two seconds of MESSAGES_PER_SECOND. */
const BURST = 120;

/** Sends all of it in one write, so that the server has read the last frame before it could pause the line. */
function say(line: RawClient, words: readonly object[], ...more: Buffer[]): void {
  line.write(Buffer.concat([...words.map((word) => frame(JSON.stringify(word))), ...more]));
}

async function pass(server: TestServer, clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000);
    await turn(server);
  }
}

describe("a wait", () => {
  test("[L5] is no flood: what was said behind it may be more than a burst", async () => {
    const { server, clock } = stage(PROXY);
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    await exhaust(server);
    const guest = await RawClient.connect(server.url);
    const words = range(0, BURST + 30).map((n) => ({ type: "send", data: n }));
    say(guest, [{ type: "join", clientId: "guest", room: code }, ...words]);
    await reaches(server, "partyline_waits_total", 1);
    // Whoever comes last goes first.
    for (const n of range(0, 5)) (await Client.connect(server.url)).send(wrongJoin(n));
    await reaches(server, "partyline_waits_total", 6);
    // The join waits longer than a flood may last.
    await pass(server, clock, 12);
    expect(await host.next()).toMatchObject({ type: "peer_joined", clientId: "guest" });
    expect(numbersOf(await take(host, BURST))).toEqual(range(0, BURST));
    await pass(server, clock, 1);
    expect(numbersOf(await take(host, 30))).toEqual(range(BURST, BURST + 30));
    expect(await server.metric('partyline_closes_total{code="4101"}')).toBeNaN();
    expect(await host.upToFence()).toEqual([]);
  });

  test("[L5] a flood behind it is one, from its end on", async () => {
    const { server, clock } = stage({ ...PROXY, MESSAGES_PER_SECOND: "1" });
    const { host, code } = await openRoom(server.url, 0, ELSEWHERE);
    await exhaust(server);
    const guest = await RawClient.connect(server.url);
    say(guest, [
      { type: "join", clientId: "guest", room: code },
      ...range(0, 40).map((n) => ({ type: "send", data: n })),
    ]);
    await reaches(server, "partyline_waits_total", 1);
    await pass(server, clock, 2);
    expect(await host.next()).toMatchObject({ type: "peer_joined", clientId: "guest" });
    await pass(server, clock, 10);
    expect(await server.metric("partyline_lines")).toBe(3);
    await pass(server, clock, 2);
    expect(await guest.next()).toMatchObject({ type: "joined" });
    expect(await guest.next()).toMatchObject({ type: "bye", code: 4101 });
  });
});

describe("last words", () => {
  test("[R21] behind a guess that waits are not carried out, and are counted", async () => {
    const { server } = stage();
    await openRoom(server.url, 0);
    await exhaust(server);
    const line = await RawClient.connect(server.url);
    const create = { type: "create", clientId: "b", maxClients: 2 };
    say(
      line,
      [wrongJoin(0), create, { type: "send", data: 1 }, { type: "leave" }, { type: "send", data: 2 }],
      frame("", OPCODE.close),
    );
    await line.ended;
    await linesAre(server, 2);
    expect(await server.metric("partyline_abandoned_total")).toBe(4);
    // Carried out, the last one would have been refused.
    expect(await server.metric('partyline_refusals_total{name="not_in_room"}')).toBe(0);
    expect(await server.metric("partyline_rooms")).toBe(1);
  });
});
