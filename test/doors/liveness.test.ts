// Signs of life: who says nothing, who is dead, who is only quiet, and the tick of a quiet line. All deadlines come from the
// test's clock; what a socket does needs a turn of the loop after each move of it.
import { describe, expect, test } from "bun:test";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { Dialects, LIVE_PATH } from "../../src/dialects/index.ts";
import { live } from "../../src/dialects/live/codec.ts";
import { type Socket, SocketLine } from "../../src/doors/line.ts";
import { Liveness } from "../../src/doors/liveness.ts";
import { SocketOutlet } from "../../src/doors/outlet.ts";
import { DEFAULT_LIMITS, UNSENT_BYTES_HARD_MAX } from "../../src/limits/table.ts";
import { UnreadTotals } from "../../src/limits/unread.ts";
import type { Counts } from "../../src/metrics/tally.ts";
import { refuse } from "../../src/protocol/refusals.ts";
import type { RoomFace } from "../../src/rooms/ports.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import type { TestServer } from "../support/server.ts";
import { sharedOf } from "../support/shared.ts";
import { only, openRoom, reaches, stages, turn } from "../support/stage.ts";

const stage = stages();
const dialects = new Dialects("party", { instance: "test", region: "" });

/** More lines than a quiet address has, all of them silent. */
const crowd = (server: TestServer) => Promise.all(Array.from({ length: 4 }, () => Client.connect(server.url)));

describe("the first message", () => {
  test("[L7] a line that says nothing is closed with 4103, and a bye before", async () => {
    const { server, clock } = stage();
    await crowd(server);
    const mute = await Client.connect(server.url);
    clock.advance(10_000);
    await turn(server);
    expect(await server.metric("partyline_lines")).toBe(5);
    clock.advance(1_100);
    expect(await mute.next()).toMatchObject({ type: "bye", code: 4103, reason: "said nothing", retry: true });
    expect(await mute.closed).toEqual({ code: 4103, reason: "said nothing" });
  });

  test("[P10] all that were closed together are told different times to come back, after a second at least", async () => {
    const { server, clock } = stage();
    const mutes = await Promise.all(Array.from({ length: 60 }, () => Client.connect(server.url)));
    clock.advance(11_100);
    const pauses: number[] = [];
    for (const mute of mutes) pauses.push(Number((await mute.next()).retryAfterMs));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000);
    expect(new Set(pauses).size).toBeGreaterThan(30);
  });

  test("[P10] whoever shall not come back is told no time", async () => {
    const { server } = stage();
    const { host, guests } = await openRoom(server.url, 5);
    host.send({ type: "close_room" });
    for (const member of [host, ...guests]) expect(await member.next()).toMatchObject({ type: "bye", retryAfterMs: 0 });
  });

  test("[L7] one word is enough, even one that nobody understands", async () => {
    const { server, clock } = stage();
    const shy = await Client.connect(server.url);
    await shy.ask("{");
    clock.advance(15_000);
    expect(await shy.upToFence()).toEqual([]);
  });

  test("[L7] HELLO_SECONDS sets how long", async () => {
    const { server, clock } = stage({ HELLO_SECONDS: "2" });
    await crowd(server);
    const mute = await Client.connect(server.url);
    clock.advance(3_100);
    expect((await mute.closed).code).toBe(4103);
  });

  test("[L7] of an address with few lines it has longer: a person who types the first frame by hand keeps the line", async () => {
    const { server, clock } = stage({ TRUSTED_PROXIES: "1" });
    const from = (address: string) => Client.connect(server.url, { "X-Forwarded-For": address });
    // A crowd elsewhere is no crowd here.
    const others = await Promise.all(Array.from({ length: 9 }, () => from("192.0.2.9")));
    const [typist, ...mutes] = await Promise.all([1, 2, 3, 4].map(() => from("192.0.2.1")));
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1_000);
        await turn(server);
      }
    };
    await pass(60);
    for (const other of others) expect((await other.closed).code).toBe(4103);
    expect(await server.metric("partyline_lines")).toBe(4);
    expect(await typist?.ask({ type: "create", clientId: "tv", maxClients: 2 })).toMatchObject({ type: "created" });
    await pass(59);
    expect(await server.metric("partyline_lines")).toBe(4);
    await pass(3);
    for (const mute of mutes) expect((await mute.closed).code).toBe(4103);
    expect(await typist?.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });

  test("[L7] QUIET_HELLO_SECONDS sets how much longer; below HELLO_SECONDS it shortens nothing", async () => {
    const { server, clock } = stage({ QUIET_HELLO_SECONDS: "5", HELLO_SECONDS: "2" });
    const mute = await Client.connect(server.url);
    clock.advance(5_000);
    expect(await server.metric("partyline_lines")).toBe(1);
    clock.advance(1_100);
    expect((await mute.closed).code).toBe(4103);
    const other = stage({ QUIET_HELLO_SECONDS: "1" });
    await Client.connect(other.server.url);
    other.clock.advance(9_900);
    expect(await other.server.metric("partyline_lines")).toBe(1);
  });
});

describe("the dead", () => {
  test("[L7] a line not heard for 25 s is closed with 4104; the others hear `timeout`", async () => {
    const { server, clock } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const dead = await RawClient.connect(server.url);
    dead.send(JSON.stringify({ type: "join", clientId: "dead", room: code }));
    await host.next();
    for (let n = 0; n < 2; n++) {
      clock.advance(12_000);
      expect(await host.upToFence()).toEqual([]);
    }
    clock.advance(2_200);
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "dead", reason: "timeout" });
    expect(await dead.next()).toMatchObject({ type: "joined" });
    expect(await dead.next()).toMatchObject({ type: "bye", code: 4104, reason: "no sign of life", retry: true });
    expect(await dead.closeCode()).toBe(4104);
  });

  test("[L7] what the server sends to a line is no sign of life of it", async () => {
    const { server, clock } = stage();
    const { host, code } = await openRoom(server.url, 0);
    const dead = await RawClient.connect(server.url);
    dead.send(JSON.stringify({ type: "join", clientId: "dead", room: code }));
    await host.next();
    let heard = await host.upToFence();
    for (let second = 0; second < 28 && heard.length === 0; second++) {
      host.send({ type: "send", data: second });
      clock.advance(1_000);
      heard = await host.upToFence();
    }
    expect(heard).toEqual([{ type: "peer_left", clientId: "dead", reason: "timeout" }]);
  });

  test("[L7] a line that answers pings lives", async () => {
    const { server, clock } = stage();
    const quiet = await RawClient.connect(server.url);
    quiet.send('{"type":"ping"}');
    await quiet.next();
    for (let round = 0; round < 6; round++) {
      clock.advance(11_100);
      const { opcode, payload } = await quiet.nextFrame();
      expect(opcode).toBe(OPCODE.ping);
      quiet.write(frame(payload, OPCODE.pong));
      await turn(server);
    }
    quiet.send('{"type":"ping"}');
    expect((await quiet.next()).type).toBe("pong");
  });

  test("[L7] a line that pings us lives", async () => {
    const { server, clock } = stage();
    const pinging = await RawClient.connect(server.url);
    pinging.send('{"type":"ping"}');
    await pinging.next();
    for (let round = 0; round < 8; round++) {
      clock.advance(8_000);
      pinging.write(frame("", OPCODE.ping));
      let answer = await pinging.nextFrame();
      while (answer.opcode !== OPCODE.pong) answer = await pinging.nextFrame();
    }
    pinging.send('{"type":"ping"}');
    expect((await pinging.next()).type).toBe("pong");
  });

  test("[L7] a browser's WebSocket lives without a line of code", async () => {
    const { server, clock } = stage();
    const phone = await Client.connect(server.url);
    await phone.ask({ type: "ping" });
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    expect(await phone.upToFence()).toEqual([]);
  });

  test("[L7] pings come only after silence", async () => {
    const { server, clock } = stage();
    const talking = await RawClient.connect(server.url);
    for (let second = 0; second < 40; second += 5) {
      talking.send('{"type":"ping"}');
      expect((await talking.nextFrame()).opcode).toBe(OPCODE.text);
      clock.advance(5_000);
    }
    clock.advance(7_000);
    expect((await talking.nextFrame()).opcode).toBe(OPCODE.ping);
  });

  test("[L7] a line that answers no pings gets one in PING_SECONDS, no more", async () => {
    const { server, clock } = stage();
    const silent = await RawClient.connect(server.url);
    silent.send('{"type":"ping"}');
    await silent.next();
    for (let second = 0; second < 24; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    silent.send('{"type":"ping"}');
    const opcodes: number[] = [];
    do opcodes.push((await silent.nextFrame()).opcode);
    while (opcodes.at(-1) !== OPCODE.text);
    expect(opcodes).toEqual([OPCODE.ping, OPCODE.ping, OPCODE.text]);
  });

  test("[L7] a paused line is not pinged: its pong would not be read", async () => {
    const { server, clock } = stage({ MESSAGES_PER_SECOND: "1", DEAD_SECONDS: "4", PING_SECONDS: "3" });
    const slow = await RawClient.connect(server.url);
    slow.write(Buffer.concat(Array.from({ length: 10 }, () => frame('{"type":"ping"}'))));
    await reaches(server, "partyline_pauses_total", 1);
    for (let second = 0; second < 8; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    for (let n = 0; n < 10; n++) expect((await slow.nextFrame()).opcode).toBe(OPCODE.text);
  });

  test("[L7] a paused flooder is not taken for dead: we are the ones who do not read", async () => {
    const { server, clock } = stage({
      MESSAGES_PER_SECOND: "1",
      HOST_MESSAGES_PER_SECOND: "1",
      DEAD_SECONDS: "4",
      PING_SECONDS: "3",
    });
    const slow = await Client.connect(server.url);
    for (let n = 0; n < 9; n++) slow.send({ type: "ping", id: n });
    await turn(server);
    for (let second = 0; second < 7; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    for (let n = 0; n < 9; n++) expect((await slow.next()).id).toBe(n);
  });
});

describe("a wire on which only speech counts", () => {
  test("[T9] its silence is looked at twice in the time it may last, and not in between", async () => {
    const { server, clock } = stage();
    const silent = await Client.connect(server.url + LIVE_PATH);
    clock.advance(5_000);
    await silent.ask({ type: "ping" });
    // Looks are 30 s apart: at 60 s the silence has lasted 55 s, and in between nobody looks.
    for (let second = 5; second < 89; second++) {
      clock.advance(1_000);
      await turn(server);
    }
    expect(await server.metric("partyline_lines")).toBe(1);
    clock.advance(2_100);
    expect((await silent.closed).code).toBe(4104);
  });
});

describe("ticks", () => {
  test("[L8] a client that asked gets one at least every 15 s, by the server's clock", async () => {
    const { server, clock } = stage();
    const host = await Client.connect(server.url);
    await host.ask({ type: "create", clientId: "tv", maxClients: 2, tick: true });
    let before = clock.now();
    for (let round = 0; round < 4; round++) {
      clock.advance(15_000);
      const ticks = await host.upToFence();
      expect(ticks.map(({ type }) => type)).toEqual(["tick"]);
      expect(Number(ticks[0]?.t)).toBeGreaterThan(before);
      expect(Number(ticks[0]?.t)).toBeLessThanOrEqual(clock.now());
      before = clock.now();
    }
  });

  test("[L8] whichever slice of the sweep it is in", async () => {
    const { server, clock } = stage();
    const { room } = await (await Client.connect(server.url)).ask({ type: "create", clientId: "tv", maxClients: 20 });
    const guests = await Promise.all(Array.from({ length: 12 }, () => Client.connect(server.url)));
    for (const [n, guest] of guests.entries()) guest.send({ type: "join", clientId: `g${n}`, room, tick: true });
    for (const guest of guests) await guest.upToFence();
    clock.advance(15_000);
    for (const guest of guests) expect((await guest.upToFence()).filter(({ type }) => type === "tick")).toHaveLength(1);
  });

  test("[L8] one that did not ask gets none, nor one that joins again without", async () => {
    const { server, clock } = stage();
    const { host, guests, code } = await openRoom(server.url);
    const guest = only(guests);
    await guest.ask({ type: "leave" });
    await host.next();
    expect((await guest.ask({ type: "join", clientId: "g", room: code, tick: true })).type).toBe("joined");
    expect((await guest.ask({ type: "leave" })).type).toBe("left");
    expect((await guest.ask({ type: "join", clientId: "g", room: code })).type).toBe("joined");
    await host.upToFence();
    clock.advance(20_000);
    expect(await guest.upToFence()).toEqual([]);
    expect(await host.upToFence()).toEqual([]);
  });
});

describe("the beat", () => {
  test("[H3] how late it came is observed, and a beat in time is not late", async () => {
    const { server, clock } = stage();
    clock.advance(10_000);
    const figure = (name: string) => server.metric(`partyline_event_loop_lag_seconds_${name}`);
    expect([await figure("count"), await figure("sum")]).toEqual([100, 0]);
  });

  test("[L7] a line that never came in takes nobody's place with it when it goes", () => {
    const counts = {} as Counts;
    const clock = new ManualClock();
    const liveness = new Liveness(
      DEFAULT_LIMITS,
      clock,
      new SocketOutlet(counts, dialects, () => {}, new ManualClock()),
      new UnreadTotals(DEFAULT_LIMITS, 1e9),
      { lagged: () => {}, isCrowd: () => false, limited: () => {} },
    );
    const newLine = () =>
      new SocketLine(dialects.named("party"), sharedOf("192.0.2.1"), "unknown", counts, clock.now());
    const lines = Array.from({ length: 25 }, newLine);
    for (const line of lines) liveness.add(line);
    liveness.remove(newLine());
    expect([...liveness.lines()].sort(byPlace)).toEqual([...lines].sort(byPlace));
    for (const line of lines.splice(3, 15)) liveness.remove(line);
    expect([...liveness.lines()].sort(byPlace)).toEqual([...lines].sort(byPlace));
    expect(liveness.size).toBe(10);
  });
});

describe("the deadlines, to the millisecond", () => {
  const DEAD_MS = DEFAULT_LIMITS.deadSeconds * 1000;
  const HELLO_MS = DEFAULT_LIMITS.helloSeconds * 1000;

  /** A line that is visited at each full second after it has come, and how it is closed. */
  function visited(dialect: Dialect = dialects.named("party")) {
    const clock = new ManualClock();
    const counts = {} as Counts;
    const outlet = new SocketOutlet(counts, dialects, () => {}, new ManualClock());
    const liveness = new Liveness(DEFAULT_LIMITS, clock, outlet, new UnreadTotals(DEFAULT_LIMITS, 1e9), {
      lagged: () => {},
      isCrowd: () => true,
      limited: () => {},
    });
    liveness.start();
    // The first beat visits the first slice, and the line stands in that.
    clock.advance(900);
    const line = new SocketLine(dialect, sharedOf("192.0.2.1"), "unknown", counts, clock.now() + 200);
    let unsentBytes = 0;
    const close = () => {
      line.isOpen = false;
    };
    let pinged = 0;
    const ping = () => void pinged++;
    const sent: string[] = [];
    const send = (text: string) => sent.push(text);
    const socket = { send, ping, close, getBufferedAmount: () => unsentBytes };
    line.socket = socket as unknown as Socket;
    liveness.add(line);
    clock.advance(200);
    const unsent = (bytes: number) => {
      unsentBytes = bytes;
    };
    return { clock, line, liveness, unsent, sent: () => sent, pings: () => pinged };
  }

  test("[L7] the first word may come until the last of it", () => {
    const { clock, line } = visited();
    clock.advance(HELLO_MS);
    expect(line.closedAs).toBeNull();
    clock.advance(1_000);
    expect(line.closedAs).toBe("saidNothing");
  });

  test("[L7] a sign of life may come until the last of it", () => {
    const { clock, line } = visited();
    line.hasSpoken = true;
    clock.advance(DEAD_MS);
    expect(line.closedAs).toBeNull();
    clock.advance(1_000);
    expect(line.closedAs).toBe("noSignOfLife");
  });

  test("[T9] a word may come until the last of it, where only words count", () => {
    const { clock, line } = visited(live);
    // Silence is looked at twice in the time it may last, in the sweeps that are multiples of that; this is the first such look.
    const lookMs = (DEFAULT_LIMITS.liveSilenceSeconds * 1000) / 2;
    clock.advance(lookMs - 1_000);
    line.heardAt = clock.now();
    clock.advance(2 * lookMs);
    expect(line.closedAs).toBeNull();
    clock.advance(lookMs);
    expect(line.closedAs).toBe("noSignOfLife");
  });

  test("[L7] a line is pinged as soon as it has been silent for PING_SECONDS", () => {
    const { clock, line, pings } = visited();
    line.hasSpoken = true;
    clock.advance(DEFAULT_LIMITS.pingSeconds * 1000 - 1_000);
    expect(pings()).toBe(0);
    clock.advance(1_000);
    expect(pings()).toBe(1);
  });

  test("[L7] lines that have come together are visited beat by beat, no more of them in one than in another", () => {
    const counts = {} as Counts;
    const liveness = new Liveness(
      DEFAULT_LIMITS,
      new ManualClock(),
      new SocketOutlet(counts, dialects, () => {}, new ManualClock()),
      new UnreadTotals(DEFAULT_LIMITS, 1e9),
      { lagged: () => {}, isCrowd: () => true, limited: () => {} },
    );
    const inSlice = new Map<number, number>();
    for (let n = 0; n < 30; n++) {
      const line = new SocketLine(live, sharedOf("192.0.2.1"), "unknown", counts, 0);
      liveness.add(line);
      inSlice.set(line.slice, (inSlice.get(line.slice) ?? 0) + 1);
    }
    expect([...inSlice.values()]).toEqual(Array(10).fill(3));
  });

  test("[L6] so many bytes may be unread, and not one more", () => {
    const { clock, line, unsent } = visited();
    line.hasSpoken = true;
    unsent(DEFAULT_LIMITS.unsentBytesMax);
    clock.advance(1_000);
    expect(line.closedAs).toBeNull();
    unsent(DEFAULT_LIMITS.unsentBytesMax + 1);
    clock.advance(1_000);
    expect(line.closedAs).toBe("tooSlow");
  });

  test("[L6] a large answer may be unread besides, for as long as silence may last", () => {
    const { clock, line, liveness, unsent } = visited();
    line.hasSpoken = true;
    liveness.answered(line, 500_000);
    unsent(DEFAULT_LIMITS.unsentBytesMax + 500_000);
    clock.advance(DEAD_MS - 1_000);
    line.heardAt = clock.now();
    expect(line.closedAs).toBeNull();
    clock.advance(2_000);
    expect(line.closedAs).toBe("tooSlow");
  });

  test("[L6] what comes besides that answer is counted as ever", () => {
    const { clock, line, liveness, unsent } = visited();
    line.hasSpoken = true;
    liveness.answered(line, 500_000);
    unsent(DEFAULT_LIMITS.unsentBytesMax + 500_001);
    clock.advance(1_000);
    expect(line.closedAs).toBe("tooSlow");
  });

  test("[L6][L23] a room that has been told much is looked at with the same eyes", () => {
    const { line, liveness, unsent } = visited();
    liveness.answered(line, 500_000);
    const room = { seats: [{ line }] } as unknown as RoomFace;
    unsent(DEFAULT_LIMITS.unsentBytesMax + 500_000);
    liveness.look(room);
    expect(line.closedAs).toBeNull();
    unsent(DEFAULT_LIMITS.unsentBytesMax + 500_001);
    liveness.look(room);
    expect(line.closedAs).toBe("tooSlow");
  });

  test.each([
    [UNSENT_BYTES_HARD_MAX - 20_000, null],
    [UNSENT_BYTES_HARD_MAX - 10_000, "tooSlow"],
  ] as const)(
    "[L37] with %d bytes unread an answer of some 16 KiB is told, or ends the line with a code",
    (unread, closedAs) => {
      const { line, unsent, sent } = visited();
      unsent(unread);
      const large = refuse("bad_field", { text: "x".repeat(16_384) });
      const bytes = line.tell(large);
      expect(line.closedAs).toBe(closedAs);
      expect(sent().length).toBe(1);
      expect(sent()[0]).toContain(closedAs === null ? '"error"' : '"bye"');
      expect(bytes > 0).toBe(closedAs === null);
    },
  );
});

function byPlace(one: SocketLine, other: SocketLine): number {
  return one.slice - other.slice || one.placeInSlice - other.placeInSlice;
}
