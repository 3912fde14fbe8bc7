// sessionserver among the doors: its limits, which it tells as a 9, a 7 or a close code without a word; signs of life, slow readers,
// rates; a port of its own. Hostile frames are thrown in test/fuzz/sessionserver.test.ts.
import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { freePort, type TestServer } from "../support/server.ts";
import { CREATE, join, LEAVE, no, PATH, told, update, upToFence } from "../support/sessionserver.ts";
import { linesAre, openRoom, range, reaches, stages, take, turn } from "../support/stage.ts";

const stage = stages();

/** Who says nothing before the end, and how it ends. */
async function endOf(client: Client) {
  const closed = await client.closed;
  await expect(client.next()).rejects.toThrow("closed while waiting");
  return closed;
}

interface Session {
  readonly id: number;
  /** As they came; their playerIDs are 0, 1, … on a fresh server. */
  readonly members: readonly [Client, Client, ...Client[]];
}

/** A session of so many on a fresh server; nobody has a frame left to read. */
async function gather(server: TestServer, count = 2): Promise<Session> {
  const clients: Client[] = [];
  const ids: unknown[] = [];
  while (clients.length < count) {
    const client = await Client.connect(server.url + PATH);
    ids.push((await client.ask(clients.length === 0 ? CREATE : join(-1))).sessionID);
    clients.push(client);
    await upToFence(client);
  }
  for (const client of clients) await upToFence(client);
  const [first, second, ...others] = clients;
  if (first === undefined || second === undefined) throw new Error("a session is of two at least");
  return { id: Number(ids[0]), members: [first, second, ...others] };
}

const numbersOf = (frames: readonly unknown[]) => frames.map((one) => (one as ReturnType<typeof told>).player?.n);

describe("limits", () => {
  const long = (bytes: number) => "x".repeat(bytes - 2);
  const deep = (levels: number) => JSON.parse("[".repeat(levels) + "]".repeat(levels));

  test("[V19] what is too large or too deep is 9 to its sender, nothing to the rest, and changes nothing", async () => {
    const { server } = stage();
    const { id, members } = await gather(server);
    for (const [request, notice] of [
      [{ command: "updatePlayer", player: { n: long(4_096) } }, "playerUpdate"],
      [{ command: "updatePlayer", player: { n: deep(32) } }, "playerUpdate"],
      [{ command: "updateSession", session: long(16_385), player: { n: 0 } }, "sessionUpdate"],
      [{ command: "updateSession", session: 1, player: { n: long(4_096) } }, "sessionUpdate"],
      [{ command: "updateSession", session: deep(33), player: 1 }, "sessionUpdate"],
    ] as const) {
      expect(await members[0].ask(request)).toEqual(no(notice, 9));
    }
    const late = await Client.connect(server.url + PATH);
    expect(await late.ask({ ...CREATE, session: long(16_385) })).toEqual(no("sessionJoin", 9));
    expect(await late.ask({ ...CREATE, player: deep(33) })).toEqual(no("sessionJoin", 9));
    expect(await late.ask(join(id))).toMatchObject({ error: 0, sessionID: id, session: {}, player: { n: 0 } });
    expect(await upToFence(late)).toEqual([0, 1].map((playerID) => ({ ...told(playerID, 0), command: "playerJoin" })));
    expect((await upToFence(members[1])).map((one) => (one as { command: string }).command)).toEqual(["playerJoin"]);
    expect(await late.ask({ ...CREATE, session: long(16_385) })).toEqual(no("sessionJoin", 4));
  });

  test("[V19] right at the bounds it is taken, and told to all", async () => {
    const { server } = stage();
    const { members } = await gather(server);
    const request = { command: "updateSession", session: long(16_384), player: { n: long(4_090) } };
    members[0].send(request);
    for (const member of members) {
      expect(await member.next()).toEqual({
        command: "sessionUpdate",
        error: 0,
        session: request.session,
        player: request.player,
      });
    }
    members[0].send(update(deep(31)));
    for (const member of members) expect(await member.next()).toEqual(told(0, deep(31)));
  });

  test("[L2] a frame over MAX_FRAME_BYTES closes with 1009; the rest hear that it left", async () => {
    const { server } = stage();
    const { members } = await gather(server);
    members[0].send(update(long(70_000)));
    expect((await endOf(members[0])).code).toBe(1009);
    expect(await members[1].next()).toEqual({ command: "playerLeave", error: 0, playerID: 0 });
  });

  test("[V19] no session to be had: the line is closed with 4100, without a word", async () => {
    for (const env of [{ MAX_ROOMS: "1" }, { MAX_ROOMS_PER_ADDRESS: "1" }]) {
      const { server } = stage(env);
      const { id } = await gather(server);
      const late = await Client.connect(server.url + PATH);
      late.send(CREATE);
      expect(await endOf(late)).toEqual({ code: 4100, reason: "server full" });
      const other = await Client.connect(server.url + PATH);
      expect(await other.ask(join(id))).toMatchObject({ error: 0 });
    }
  });

  test("[V7] a session takes MAX_CLIENTS; past it 7, until one leaves", async () => {
    const { server } = stage({ MAX_CLIENTS: "2" });
    const { id, members } = await gather(server);
    const late = await Client.connect(server.url + PATH);
    for (const wanted of [id, -1]) expect(await late.ask(join(wanted))).toEqual(no("sessionJoin", 7));
    expect(await members[0].ask(LEAVE)).toEqual(no("sessionLeave", 0));
    expect(await late.ask(join(id))).toMatchObject({ error: 0 });
  });

  test("[V7][R47] a wrong sessionID is no guess: 30 of them neither wait nor end the line, nor make others wait", async () => {
    const { server } = stage();
    const { id } = await gather(server);
    const line = await Client.connect(server.url + PATH);
    for (const n of range(0, 30)) expect(await line.ask(join(id + 1 + n))).toEqual(no("sessionJoin", 7));
    const party = await Client.connect(server.url);
    expect(await party.ask({ type: "join", clientId: "a", room: "ZZZZ" })).toMatchObject({ code: "room_not_found" });
    expect(await line.ask(join(id))).toMatchObject({ error: 0 });
    expect(await server.metric("partyline_pauses_total")).toBe(0);
  });

  test("[V18][L12] ten unreadable frames in a row close with 4004; nine do not, nor any number of unknown commands", async () => {
    const { server } = stage();
    const { members } = await gather(server);
    const [line, other] = members;
    for (const text of ["null", "[]", "5", "{", "", "{}", '{"command":1}', '"x"', "x"]) {
      expect(await line.ask(text)).toEqual(no("", 9));
    }
    expect(await line.ask(update(1))).toEqual(told(0, 1));
    for (const n of range(0, 25)) expect(await line.ask({ command: `c${n}` })).toEqual(no(`c${n}`, 9));
    for (const _ of range(0, 10)) expect(await line.ask("null")).toEqual(no("", 9));
    expect(await endOf(line)).toEqual({ code: 4004, reason: "protocol violation" });
    expect(await upToFence(other)).toEqual([told(0, 1), { command: "playerLeave", error: 0, playerID: 0 }]);
  });

  test("[V19] a server that goes away takes no sessions, and closes with 4200 without a word", async () => {
    const { server, clock } = stage({ DRAIN_SECONDS: "1" });
    const { members } = await gather(server);
    const late = await Client.connect(server.url + PATH);
    await turn(server);
    const drained = server.drain();
    late.send(CREATE);
    expect((await endOf(late)).code).toBe(4200);
    for (let beat = 0; beat < 12; beat++) clock.advance(100);
    for (const client of members) expect((await client.closed).code).toBe(4200);
    await drained;
  });
});

describe("signs of life", () => {
  test("[L7] a line that says nothing is closed with 4103, without a word", async () => {
    const { server, clock } = stage();
    for (let others = 0; others < 4; others++) await Client.connect(server.url + PATH);
    const mute = await Client.connect(server.url + PATH);
    await turn(server);
    clock.advance(11_100);
    expect(await endOf(mute)).toEqual({ code: 4103, reason: "said nothing" });
  });

  test("[L7][V13] one that is not heard for 25 s is closed with 4104, and the rest hear playerLeave", async () => {
    const { server, clock } = stage();
    const { id, members } = await gather(server);
    const dead = await RawClient.connect(server.url + PATH);
    dead.send(JSON.stringify(join(id)));
    for (const member of members) expect((await member.next()).command).toBe("playerJoin");
    for (const _ of range(0, 2)) {
      clock.advance(12_000);
      for (const member of members) expect(await upToFence(member)).toEqual([]);
    }
    clock.advance(2_200);
    for (const member of members)
      expect(await member.next()).toEqual({ command: "playerLeave", error: 0, playerID: 2 });
    for (const command of ["sessionJoin", "playerJoin", "playerJoin"])
      expect(await dead.next()).toMatchObject({ command });
    let last = await dead.nextFrame();
    while (last.opcode === OPCODE.ping) last = await dead.nextFrame();
    expect([last.opcode, last.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 4104]);
  });

  test("[L7] whose library answers pings need not say a word for minutes", async () => {
    const { server, clock } = stage();
    const { members } = await gather(server);
    for (const _ of range(0, 120)) {
      clock.advance(1_000);
      await turn(server);
    }
    for (const member of members) expect(await upToFence(member)).toEqual([]);
  });
});

const FAST = {
  ...{ BYTES_PER_SECOND: "1000000000", HOST_MESSAGES_PER_SECOND: "100000", MESSAGES_PER_SECOND: "100000" },
  ...{ ROOM_OUT_BYTES_PER_SECOND: "1000000000", ADDRESS_OUT_BYTES_PER_SECOND: "1000000000" },
};

describe("slow readers", () => {
  /** 16 KiB each: past what the kernel hides and the soft limit together, yet under the hard one. */
  const MESSAGES = 760;
  const session = (n: number) => ({ n, filler: "x".repeat(16_000) });

  test("[L6] one that leaves too much unread is closed with 4102, and gets all of it first; the rest hear everything", async () => {
    const { server, clock } = stage(FAST);
    const { id, members } = await gather(server);
    const sleeper = await RawClient.connect(server.url + PATH);
    sleeper.send(JSON.stringify(join(id)));
    for (const command of ["sessionJoin", "playerJoin", "playerJoin"])
      expect(await sleeper.next()).toMatchObject({ command });
    for (const member of members) await member.next();
    sleeper.socket.pause();
    for (const n of range(0, MESSAGES))
      members[0].send({ command: "updateSession", session: session(n), player: { n: 0 } });
    for (const member of members) {
      for (const n of range(0, MESSAGES)) expect((await member.next()).session).toEqual(session(n));
    }
    clock.advance(1_100);
    for (const member of members)
      expect(await member.next()).toEqual({ command: "playerLeave", error: 0, playerID: 2 });
    sleeper.socket.resume();
    for (const n of range(0, MESSAGES)) expect((await sleeper.next()).session).toEqual(session(n));
    let last = await sleeper.nextFrame();
    while (last.opcode === OPCODE.ping) last = await sleeper.nextFrame();
    expect([last.opcode, last.payload.readUInt16BE(0)]).toEqual([OPCODE.close, 4102]);
    expect(await server.metric("partyline_dropped_total")).toBe(0);
  }, 60_000);
});

describe("rates", () => {
  test("[L4] what comes too fast waits, and is told whole and in order, to its sender too", async () => {
    const { server, clock } = stage();
    const { members } = await gather(server);
    const [host, flooder] = members;
    clock.advance(2_000);
    for (const n of range(0, 300)) flooder.send(update(n));
    await reaches(server, "partyline_pauses_total", 1);
    const heard = await upToFence(host);
    expect(numbersOf(heard)).toEqual(range(0, 120));
    host.send(update("meanwhile"));
    expect(await host.next()).toEqual(told(0, "meanwhile"));
    while (heard.length < 300) {
      clock.advance(500);
      heard.push(...(await upToFence(host)));
    }
    expect(heard).toEqual(range(0, 300).map((n) => told(1, n)));
    const own = await take(flooder, 301);
    expect(numbersOf(own)).toEqual([...range(0, 120), "meanwhile", ...range(120, 300)]);
  });

  test("[L5] 10 s of it close the line with 4101; the rest hear what it said, and that it left", async () => {
    const { server, clock } = stage();
    const { members } = await gather(server);
    const [host, flooder] = members;
    for (const n of range(0, 2_000)) flooder.send(update(n));
    await reaches(server, "partyline_pauses_total", 1);
    const heard: unknown[] = [];
    for (const _ of range(0, 12)) {
      clock.advance(1_000);
      heard.push(...(await upToFence(host)));
    }
    expect(await flooder.closed).toEqual({ code: 4101, reason: "too fast" });
    expect(heard.pop()).toEqual({ command: "playerLeave", error: 0, playerID: 1 });
    expect(numbersOf(heard)).toEqual(range(0, heard.length));
  });

  test("[R21] sessions opened and left right before the end leave no ghost, not even past the burst", async () => {
    const { server } = stage();
    const { id, members } = await gather(server);
    const line = await RawClient.connect(server.url + PATH);
    const words: object[] = [
      CREATE,
      ...range(0, 122).map(update),
      LEAVE,
      CREATE,
      update(1),
      LEAVE,
      join(id),
      update("adieu"),
    ];
    // One write: the server meets all of it, the close included, in one read.
    line.write(Buffer.concat([...words.map((word) => frame(JSON.stringify(word))), frame("", OPCODE.close)]));
    for (const member of members) {
      expect((await member.next()).command).toBe("playerJoin");
      expect(await member.next()).toEqual(told(2, "adieu"));
      expect(await member.next()).toEqual({ command: "playerLeave", error: 0, playerID: 2 });
    }
    const figures = ["lines", "rooms", "seats", "faults_total"].map((name) => server.metric(`partyline_${name}`));
    expect(await Promise.all(figures)).toEqual([2, 1, 2, 0]);
  });
});

async function stageWithPort(env: Record<string, string> = {}) {
  const port = await freePort();
  const { server, clock } = stage({ ...env, SESSIONSERVER_PORT: String(port) });
  return { server, clock, own: `ws://127.0.0.1:${port}`, http: `http://127.0.0.1:${port}` };
}

describe("a port of its own", () => {
  test("[V1] every path there speaks it, and on the common port only its own", async () => {
    const { server, own } = await stageWithPort();
    for (const path of ["/", "/sessionserver", "/GXHB", "/v2", "/some/where?x=1"]) {
      const client = await Client.connect(own + path);
      expect([path, await client.ask({ command: "hello", type: "ping" })]).toEqual([path, no("hello", 9)]);
    }
    expect(await (await Client.connect(`${server.url}/sessionserver?x=1`)).ask({ command: "" })).toEqual(no("", 9));
    for (const path of ["/", "/GXHB", "/sessionserver/x", "/Sessionserver"]) {
      const client = await Client.connect(server.url + path);
      expect([path, (await client.ask({ type: "ping" })).type]).toEqual([path, "pong"]);
    }
  });

  test("[H7] its fixed paths answer by HTTP as on the common port", async () => {
    const { http } = await stageWithPort();
    for (const path of ["/health", "/ready", "/metrics"]) expect((await fetch(http + path)).status).toBe(200);
    expect((await fetch(`${http}/nowhere`)).status).toBe(404);
    await expect(Client.connect(`${http.replace("http", "ws")}/room/GXHB`)).rejects.toThrow();
  });

  test("[V2][V8][V13] a session joined from both ports hears everything on both, in one order", async () => {
    const { server, own } = await stageWithPort({ LIMITS: "off" });
    const urls = [own, server.url + PATH, own, server.url + PATH];
    const members: Client[] = [];
    for (const [playerID, url] of urls.entries()) {
      const client = await Client.connect(url);
      expect(await client.ask(playerID === 0 ? CREATE : join(-1))).toMatchObject({ error: 0, sessionID: 0, playerID });
      expect(await take(client, playerID)).toMatchObject(
        members.map((_, id) => ({ command: "playerJoin", playerID: id })),
      );
      for (const member of members) expect(await member.next()).toMatchObject({ command: "playerJoin", playerID });
      members.push(client);
    }
    for (const n of range(0, 200)) {
      for (const [id, member] of members.entries()) {
        member.send(
          n % 50 === 49 && id === n % 4 ? { command: "updateSession", session: n, player: { n: 0 } } : update(n),
        );
      }
    }
    const [first, ...others] = await Promise.all(members.map((member) => take(member, 800)));
    for (const heard of others) expect(heard).toEqual(first ?? []);
    for (const playerID of range(0, 4)) {
      const own = (first ?? []).filter((one) => one.playerID === playerID);
      expect(own).toEqual(numbersOf(own).map((n) => told(playerID, n)));
      expect(own.length).toBeGreaterThan(190);
    }
    await members[0]?.close();
    for (const member of members.slice(1)) {
      expect(await member.next()).toEqual({ command: "playerLeave", error: 0, playerID: 0 });
    }
    expect(await server.metric("partyline_lines")).toBe(3);
  });

  test("[V4][V12] who goes from one session to another hears of its old one no more, whichever port it came by", async () => {
    const { server, own } = await stageWithPort();
    const [one, two, mover] = [
      await Client.connect(own),
      await Client.connect(server.url + PATH),
      await Client.connect(own),
    ];
    expect(await one.ask(CREATE)).toMatchObject({ sessionID: 0 });
    expect(await two.ask(CREATE)).toMatchObject({ sessionID: 1 });
    expect(await mover.ask(join(0))).toMatchObject({ error: 0 });
    expect(await upToFence(mover)).toHaveLength(1);
    one.send(update("before"));
    expect(await mover.next()).toEqual(told(0, "before"));
    expect(await mover.ask(LEAVE)).toEqual(no("sessionLeave", 0));
    expect(await mover.ask(join(1))).toMatchObject({ error: 0, sessionID: 1 });
    expect(await upToFence(mover)).toHaveLength(1);
    one.send(update("after"));
    two.send(update("here"));
    expect(await upToFence(one)).toMatchObject([
      { command: "playerJoin" },
      told(0, "before"),
      { command: "playerLeave" },
      told(0, "after"),
    ]);
    expect(await mover.next()).toEqual(told(1, "here"));
    expect(await upToFence(mover)).toEqual([]);
  });

  test("[L10][L11] lines of both ports count together", async () => {
    const { server, own } = await stageWithPort({ MAX_LINES_PER_ADDRESS: "2" });
    const first = await Client.connect(own);
    await Client.connect(server.url);
    for (const url of [own, server.url, server.url + PATH]) await expect(Client.connect(url)).rejects.toThrow();
    await first.close();
    await linesAre(server, 1);
    await Client.connect(own);
  });

  test("[L17] a server that goes away says goodbye on both", async () => {
    const { server, clock, own, http } = await stageWithPort({ DRAIN_SECONDS: "1" });
    const { host } = await openRoom(server.url, 0);
    const player = await Client.connect(own);
    await player.ask(CREATE);
    const drained = server.drain();
    expect((await fetch(`${http}/ready`)).status).toBe(503);
    for (let beat = 0; beat < 12; beat++) clock.advance(100);
    for (const client of [host, player]) expect((await client.closed).code).toBe(4200);
    await drained;
    await expect(Client.connect(own)).rejects.toThrow();
  });
});
