// One line over a real socket: how it introduces itself, what it takes, and when it is let go of.
import { afterEach, describe, expect, test } from "bun:test";
import { dialler } from "../../../src/doors/ecast/line.ts";
import { ManualClock } from "../../support/clock.ts";
import { FakeEcast } from "../../support/ecast.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function dialAt(url: string) {
  const clock = new ManualClock();
  const said: string[] = [];
  const gone: string[] = [];
  const line = dialler(clock)(url, {
    said: (text) => void said.push(text),
    gone: (trouble) => void gone.push(trouble),
  });
  ended.push(() => line.close());
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      clock.advance(0);
      await new Promise(setImmediate);
    }
  };
  return { clock, line, said, gone, until };
}

function stage() {
  const fake = new FakeEcast();
  ended.push(() => fake.stop());
  const room = fake.open({ code: "KLMN" });
  const dialled = dialAt(`ws://${fake.host}/api/v2/rooms/KLMN/play?role=shard&name=Partyline`);
  return { fake, room, ...dialled };
}

/** A server that upgrades, and from then on says nothing at all: no pong, no close. */
function mute(answer: string, behind = new Uint8Array()): { readonly url: string; readonly closed: () => number } {
  let closed = 0;
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        const key = /sec-websocket-key: (\S+)/i.exec(bytes.toString())?.[1];
        if (key === undefined) return;
        const accept = new Bun.CryptoHasher("sha1")
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest("base64");
        socket.write(answer.replace("ACCEPT", accept));
        if (behind.length > 0) socket.write(behind);
      },
      close: () => void closed++,
    },
  });
  ended.push(() => server.stop(true));
  return { url: `ws://127.0.0.1:${server.port}/x`, closed: () => closed };
}
const UPGRADE =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n";

describe("a line", () => {
  test("[E1] says who it is, takes no deflate, and never says a word", async () => {
    const { fake, room, said, clock, until } = stage();
    await until(() => said.length === 1);
    const headers = fake.dials[0]?.headers;
    expect(headers?.get("origin")).toBe("https://jackbox.tv");
    expect(headers?.get("sec-websocket-protocol")).toBe("ecast-v0");
    expect(headers?.get("sec-websocket-extensions")).toBeNull();
    expect(JSON.parse(said[0] ?? "")).toMatchObject({ opcode: "client/welcome" });
    room.set("room", { state: "Lobby" });
    clock.advance(20_000);
    await until(() => fake.pings === 1 && said.length === 2);
    expect(fake.heard).toEqual([]);
  });

  test("[E7] is gone when the server closes it, cuts it, or never lets it in", async () => {
    for (const end of ["close", "cut"] as const) {
      const { room, said, gone, until } = stage();
      await until(() => said.length === 1);
      if (end === "close") room.close(4000);
      else room.cut();
      await until(() => gone.length === 1);
      expect(gone[0]).toMatch(/^line: closed \d{4}$/);
    }
    const fake = new FakeEcast();
    ended.push(() => fake.stop());
    fake.hello = "refuse";
    const refused = dialAt(`ws://${fake.host}/api/v2/rooms/KLMN/play`);
    await refused.until(() => refused.gone.length === 1);
    const server = mute(`${UPGRADE}\r\n`);
    const another = dialAt(server.url);
    // A server that does not speak this subprotocol is another one.
    await another.until(() => another.gone.length === 1);
    const silent = mute("");
    const hanging = dialAt(silent.url);
    hanging.line.close();
    await hanging.until(() => silent.closed() === 1);
    expect([hanging.gone, hanging.said]).toEqual([[], []]);
  });

  test("[E12] is let go of for a frame that is too long, or binary", async () => {
    const long = stage();
    await long.until(() => long.said.length === 1);
    long.room.raw("x".repeat(1024 * 1024));
    await long.until(() => long.said.length === 2);
    long.room.raw("x".repeat(1024 * 1024 + 1));
    await long.until(() => long.gone.length === 1);
    expect([long.gone, long.said.length]).toEqual([["line: frame too long"], 2]);
    const binary = stage();
    await binary.until(() => binary.said.length === 1);
    binary.room.raw(new TextEncoder().encode('{"opcode":"room/exit"}'));
    await binary.until(() => binary.gone.length === 1);
    expect([binary.gone, binary.said.length]).toEqual([["line: binary frame"], 1]);
  });

  test("[E12] is let go of when it says too much at once, and not when it says as much in its time", async () => {
    const frames = stage();
    await frames.until(() => frames.said.length === 1);
    for (let n = 1; n < 2_000; n++) frames.room.raw("{}");
    await frames.until(() => frames.said.length === 2_000);
    frames.clock.advance(10_000);
    frames.room.raw("{}");
    await frames.until(() => frames.said.length === 2_001);
    for (let n = 0; n < 2_000; n++) frames.room.raw("{}");
    await frames.until(() => frames.gone.length === 1);
    expect([frames.gone, frames.said.length]).toEqual([["line: too fast"], 4_000]);
    const chars = stage();
    await chars.until(() => chars.said.length === 1);
    for (let n = 0; n < 4; n++) chars.room.raw("x".repeat(1024 * 1024));
    await chars.until(() => chars.gone.length === 1);
    expect([chars.gone, chars.said.length]).toEqual([["line: too fast"], 4]);
  }, 20_000);

  test.each([
    ["pings", 0x89],
    ["pongs", 0x8a],
  ])("[E12] is let go of for %s without end", async (_, opcode) => {
    const flood = new Uint8Array(2 * 2_001).map((__, at) => (at % 2 === 0 ? opcode : 0));
    const { url, closed } = mute(`${UPGRADE}Sec-WebSocket-Protocol: ecast-v0\r\n\r\n`, flood);
    const { gone, until } = dialAt(url);
    await until(() => gone.length === 1);
    expect(gone).toEqual(["line: too fast"]);
    await until(() => closed() === 1);
  });

  test("[E12] is pinged every 20 s, and gone when no pong comes within 10 s; silence is no fault", async () => {
    const { fake, room, clock, said, gone, until } = stage();
    await until(() => said.length === 1);
    for (let n = 1; n <= 5; n++) {
      clock.advance(20_000);
      await until(() => fake.pings === n);
      // What is said behind the pong has come: so has the pong.
      room.raw("{}");
      await until(() => said.length === n + 1);
    }
    expect(gone).toEqual([]);
    const server = mute(`${UPGRADE}Sec-WebSocket-Protocol: ecast-v0\r\n\r\n`);
    const silent = dialAt(server.url);
    let ms = 0;
    await silent.until(() => {
      silent.clock.advance(1_000);
      ms += 1_000;
      return silent.gone.length > 0;
    });
    expect(silent.gone).toEqual(["line: no pong"]);
    expect(ms).toBeGreaterThanOrEqual(30_000);
    await silent.until(() => server.closed() === 1);
  });
});
