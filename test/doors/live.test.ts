// The live socket over time: tokens that end, clients that say nothing or speak too much. All deadlines come from the test's clock.
import { describe, expect, test } from "bun:test";
import { Tokens } from "../../src/auth/tokens.ts";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { Api } from "../support/api.ts";
import { Client } from "../support/client.ts";
import type { ManualClock } from "../support/clock.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { SECRET, type TestServer } from "../support/server.ts";
import { linesAre, range, reaches, stages, turn } from "../support/stage.ts";

const stage = stages();

const PING = { type: "ping" };
const PONG = { type: "pong" };
const WELCOME = { type: "auth_success", message: "Authenticated successfully" };
const BAD_TOKEN = { type: "auth_error", message: "Invalid or expired token" };
/** How long a token is good [S31]. */
const DAY_MS = 86_400_000;

/** A token that ends in so long. */
function tokenFor(ms: number, clock: ManualClock): Promise<string> {
  return new Tokens(SECRET, { wall: () => clock.wall() + ms - DAY_MS }).issue();
}

const connect = ({ url }: TestServer) => Client.connect(url + LIVE_PATH);

/** A client that has shown a token. */
async function admitted(server: TestServer, clock: ManualClock, ms = DAY_MS): Promise<Client> {
  const client = await connect(server);
  expect(await client.ask({ type: "auth", token: await tokenFor(ms, clock) })).toEqual(WELCOME);
  return client;
}

/** Lets so much time pass while the client pings every 30 s, as clients in use do. */
async function pinging(client: Client, clock: ManualClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 30_000) {
    clock.advance(Math.min(left, 30_000));
    expect(await client.ask(PING)).toEqual(PONG);
  }
}

describe("tokens", () => {
  test("[T8] when one ends, its line is closed with 4201, and nothing is said", async () => {
    const { server, clock } = stage();
    const client = await admitted(server, clock, 300_000);
    expect(await server.metric("partyline_live_listeners")).toBe(1);
    await pinging(client, clock, 299_000);
    clock.advance(1_000);
    expect(await client.closed).toEqual({ code: 4201, reason: "token expired" });
    await expect(client.next()).rejects.toThrow("closed");
    expect(await server.metric('partyline_closes_total{code="4201"}')).toBe(1);
    expect(await server.metric("partyline_live_listeners")).toBe(0);
  });

  test("[T8] so it is with one of the API, after 24 h", async () => {
    const { server, clock } = stage({ LIVE_SILENCE_SECONDS: "86400", ROOMLESS_SECONDS: "86400" });
    const [client, stranger] = [await admitted(server, clock), await connect(server)];
    clock.advance(DAY_MS - 1_000);
    expect(await client.ask(PING)).toEqual(PONG);
    expect(await stranger.ask(PING)).toEqual(PONG);
    clock.advance(1_000);
    expect((await client.closed).code).toBe(4201);
    // Who has shown none has none that could end.
    expect(await stranger.ask(PING)).toEqual(PONG);
  }, 60_000);

  test("[T8] a newer one keeps the line longer; one that is not good changes nothing", async () => {
    const { server, clock } = stage();
    const client = await admitted(server, clock, 120_000);
    await pinging(client, clock, 90_000);
    expect(await client.ask({ type: "auth", token: await tokenFor(120_000, clock) })).toEqual(WELCOME);
    await pinging(client, clock, 90_000);
    expect(await client.ask({ type: "auth", token: "x" })).toEqual(BAD_TOKEN);
    await pinging(client, clock, 29_000);
    clock.advance(1_000);
    expect((await client.closed).code).toBe(4201);
  });

  test("[T1] one that has ended is not good", async () => {
    const { server, clock } = stage();
    const client = await connect(server);
    expect(await client.ask({ type: "auth", token: await tokenFor(0, clock) })).toEqual(BAD_TOKEN);
    expect(await client.ask({ type: "auth", token: await tokenFor(-DAY_MS, clock) })).toEqual(BAD_TOKEN);
  });

  test("[T8] a line that is gone leaves no timer that could hurt", async () => {
    const { server, clock } = stage();
    const client = await admitted(server, clock, 60_000);
    await client.close();
    await linesAre(server, 0);
    clock.advance(120_000);
    expect(await server.metric("partyline_faults_total")).toBe(0);
  });

  test("[T8] 10 bad ones on one line close it with 4003, each told before", async () => {
    const { server, clock } = stage();
    const client = await admitted(server, clock);
    for (const n of range(0, 9)) expect(await client.ask({ type: "auth", token: `bad-${n}` })).toEqual(BAD_TOKEN);
    // None at all is no bad one, and a good one between them makes none good.
    expect(await client.ask({ type: "auth" })).toMatchObject({ message: "Token required" });
    expect(await client.ask({ type: "auth", token: await tokenFor(DAY_MS, clock) })).toEqual(WELCOME);
    expect(await client.ask({ type: "auth", token: "bad-9" })).toEqual(BAD_TOKEN);
    expect(await client.closed).toEqual({ code: 4003, reason: "not authorised" });
  });

  test("[T8] a flood of bad ones is looked at one after the other, and ends the line at the tenth", async () => {
    const { server } = stage();
    const client = await connect(server);
    for (const n of range(0, 100)) client.send({ type: "auth", token: `bad-${n}` });
    for (const _ of range(0, 10)) expect(await client.next()).toEqual(BAD_TOKEN);
    expect((await client.closed).code).toBe(4003);
    await expect(client.next()).rejects.toThrow("closed");
  });
});

/** A line without a token may stay: what is looked at is its silence alone. */
const FOR_HOURS = { ROOMLESS_SECONDS: "86400" };

describe("silence", () => {
  test.each([0, 7_300, 29_900])(
    "[T9] between 60 and 90 s of it: 4104, though our pings are answered (phase %d)",
    async (phase) => {
      const { server, clock } = stage();
      clock.advance(phase);
      const silent = await connect(server);
      // A browser's WebSocket answers pings by itself; a second at a time, so that it gets to.
      for (const _ of range(0, 60)) {
        clock.advance(1_000);
        await turn(server);
      }
      expect(await server.metric("partyline_lines")).toBe(1);
      clock.advance(31_000);
      expect(await silent.closed).toEqual({ code: 4104, reason: "no sign of life" });
      await expect(silent.next()).rejects.toThrow("closed");
    },
  );

  test("[T9] a `ping` every 30 s keeps it, for hours", async () => {
    const { server, clock } = stage();
    const client = await admitted(server, clock);
    await pinging(client, clock, 7_200_000);
    expect(await server.metric("partyline_lines")).toBe(1);
  }, 60_000);

  test.each(['{"type":"foo"}', '{"type":"auth"}', '{"type":"subscribe"}'])("[T9] so does %s", async (text) => {
    const { server, clock } = stage(FOR_HOURS);
    const client = await connect(server);
    for (const _ of range(0, 10)) {
      clock.advance(55_000);
      await client.ask(text);
    }
  });

  test("[T9] WebSocket pings of its own keep it; a pong to ours does not", async () => {
    const { server, clock } = stage(FOR_HOURS);
    const client = await RawClient.connect(server.url + LIVE_PATH);
    const next = async (opcode: number) => {
      let got = await client.nextFrame();
      while (got.opcode !== opcode) got = await client.nextFrame();
      return got;
    };
    for (const _ of range(0, 10)) {
      clock.advance(20_000);
      client.write(frame("", OPCODE.ping));
      await next(OPCODE.pong);
    }
    expect(await server.metric("partyline_lines")).toBe(1);
    for (const _ of range(0, 9)) {
      clock.advance(11_000);
      if ((await server.metric("partyline_lines")) === 0) break;
      client.write(frame((await next(OPCODE.ping)).payload, OPCODE.pong));
      await turn(server);
    }
    expect(await client.closeCode()).toBe(4104);
  });

  test("[T9] what it is told is no word of its own", async () => {
    const { server, clock } = stage();
    const api = await Api.admitted(server);
    const [listener, witness] = [await admitted(server, clock), await admitted(server, clock)];
    let told = 0;
    for (const _ of range(0, 19)) {
      clock.advance(5_000);
      await api.make("/api/sessions");
      expect(await witness.ask(PING)).toMatchObject({ type: "session.started" });
      expect(await witness.next()).toEqual(PONG);
      told++;
    }
    expect((await listener.closed).code).toBe(4104);
    expect(told).toBe(19);
  });

  test("[T9] LIVE_SILENCE_SECONDS says how long", async () => {
    const { server, clock } = stage({ LIVE_SILENCE_SECONDS: "10" });
    const silent = await connect(server);
    clock.advance(9_900);
    expect(await server.metric("partyline_lines")).toBe(1);
    clock.advance(6_200);
    expect((await silent.closed).code).toBe(4104);
  });

  test("[T9] with 0 it is kept as long as pongs come", async () => {
    const { server, clock } = stage({ ...FOR_HOURS, LIVE_SILENCE_SECONDS: "0" });
    const client = await RawClient.connect(server.url + LIVE_PATH);
    client.send(JSON.stringify(PING));
    await client.next();
    for (const _ of range(0, 30)) {
      clock.advance(11_100);
      const { opcode, payload } = await client.nextFrame();
      expect(opcode).toBe(OPCODE.ping);
      client.write(frame(payload, OPCODE.pong));
      await turn(server);
    }
    client.send(JSON.stringify(PING));
    expect(await client.next()).toEqual(PONG);
    clock.advance(27_000);
    expect(await client.closeCode()).toBe(4104);
  });

  test("[T9] with 0 the first word is waited for as on other lines", async () => {
    const { server, clock } = stage({ LIVE_SILENCE_SECONDS: "0" });
    for (let others = 0; others < 4; others++) await connect(server);
    const mute = await connect(server);
    clock.advance(11_100);
    expect(await mute.closed).toEqual({ code: 4103, reason: "said nothing" });
  });

  test("[T9] without it nobody has to say hello", async () => {
    const { server, clock } = stage();
    const shy = await connect(server);
    clock.advance(50_000);
    expect(await shy.ask(PING)).toEqual(PONG);
  });
});

describe("too much", () => {
  test("[L4] what comes past the burst waits, then is answered, each once", async () => {
    const { server, clock } = stage();
    const client = await connect(server);
    const told = { type: "error", message: "Not authenticated" };
    for (const _ of range(0, 300)) client.send({ type: "subscribe", sessionId: 1 });
    await reaches(server, "partyline_pauses_total", 1);
    for (const _ of range(0, 120)) expect(await client.next()).toEqual(told);
    expect(await server.metric("partyline_messages_out_total")).toBe(120);
    clock.advance(1_000);
    await turn(server);
    expect(await server.metric("partyline_messages_out_total")).toBe(180);
    clock.advance(2_100);
    for (const _ of range(0, 180)) expect(await client.next()).toEqual(told);
    expect(await client.ask(PING)).toEqual(PONG);
  });

  test("[L5] 10 s of flooding close the line with 4101, and nothing is said", async () => {
    const { server, clock } = stage();
    const flooder = await connect(server);
    for (const _ of range(0, 2_000)) flooder.send(PING);
    await reaches(server, "partyline_pauses_total", 1);
    for (const _ of range(0, 12)) {
      clock.advance(1_000);
      await turn(server);
    }
    expect(await flooder.closed).toEqual({ code: 4101, reason: "too fast" });
    const answers = await server.metric("partyline_messages_out_total");
    for (const _ of range(0, answers)) expect(await flooder.next()).toEqual(PONG);
    await expect(flooder.next()).rejects.toThrow("closed");
  });

  test("[T2] 256 subscriptions, and no more; one that is left makes room", async () => {
    const { server, clock } = stage({ LIMITS: "off" });
    const api = await Api.admitted(server);
    const ids = [];
    for (const _ of range(0, 257)) ids.push(await api.make("/api/sessions"));
    const client = await admitted(server, clock);
    for (const sessionId of ids.slice(0, 256)) {
      expect(await client.ask({ type: "subscribe", sessionId })).toEqual({ type: "subscribed", sessionId });
    }
    const last = { type: "subscribe", sessionId: ids[256] };
    expect(await client.ask(last)).toEqual({ type: "error", message: "Too many subscriptions" });
    // One that is heard already is no further one.
    expect(await client.ask({ type: "subscribe", sessionId: ids[0] })).toMatchObject({ type: "subscribed" });
    await client.ask({ type: "unsubscribe", sessionId: ids[7] });
    expect(await client.ask(last)).toMatchObject({ type: "subscribed" });
  });
});
