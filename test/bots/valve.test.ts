// The valve that every bot's line goes through: what it delays stays in order, what sleeps is heard of by nobody, and what is taken away is
// taken away whole. Bytes stand for frames here, but where frames are what is taken.
import { afterEach, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { thiefOf } from "../../clients/bots/thief.ts";
import { Valve } from "../../clients/bots/valve.ts";
import { randomFrom, seedOf } from "../support/random.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Everything that an end has heard, and waiting for what is to come. */
function ear(socket: Socket) {
  let text = "";
  let isOver = false;
  const waiting = new Set<() => void>();
  const look = () => {
    for (const one of [...waiting]) one();
  };
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    look();
  });
  socket.on("close", () => {
    isOver = true;
    look();
  });
  return {
    get text() {
      return text;
    },
    get isOver() {
      return isOver;
    },
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const one = () => {
          if (!holds()) return;
          waiting.delete(one);
          resolve();
        };
        waiting.add(one);
        one();
      }),
  };
}

async function line() {
  const arrived = Promise.withResolvers<Socket>();
  const listener = createServer((socket) => arrived.resolve(socket));
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  ends.push(() => listener.close());
  const address = listener.address();
  const valve = await Valve.open(`ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  ends.push(() => valve.close());
  const dial = () => {
    const client = connect(Number(new URL(valve.url).port), "127.0.0.1");
    ends.push(() => client.destroy());
    return client;
  };
  return { valve, dial, listener, server: arrived.promise };
}

test("[B2] what is delayed arrives later, and in the order in which it was sent", async () => {
  const seed = seedOf("BOTS_SEED");
  const random = randomFrom(seed);
  const { valve, dial, server } = await line();
  valve.delayMs = () => random.below(4);
  const client = dial();
  const hears = ear(await server);
  let said = "";
  for (let n = 0; n < 300; n++) {
    const word = `${n},`;
    said += word;
    client.write(word);
    // Now and then the loop is late, and timers with it.
    if (random.chance(0.2)) for (let turns = random.below(20); turns >= 0; turns--) await new Promise(setImmediate);
    if (random.chance(0.05)) for (const until = performance.now() + 5; performance.now() < until; );
  }
  client.end();
  await hears.until(() => hears.isOver);
  expect([seed, hears.text]).toEqual([seed, said]);
}, 20_000);

test("[B2] what was on its way when it was stalled comes before what was sent later", async () => {
  const { valve, dial, server } = await line();
  const client = dial();
  const hears = ear(await server);
  valve.delayMs = () => 30;
  let said = "";
  for (let n = 0; n < 60; n++) {
    said += `${n},`;
    client.write(`${n},`);
    // A turn in which the valve reads it.
    await new Promise(setImmediate);
    if (n % 10 === 3) valve.stall("up");
    if (n % 10 === 7) valve.pass();
  }
  await hears.until(() => hears.text.length === said.length);
  expect(hears.text).toBe(said);
});

test("[B2] while it sleeps nothing passes and no end hears that the other is gone; when it wakes all of it comes, in order", async () => {
  const { valve, dial, server } = await line();
  const client = dial();
  const [far, near] = [await server, ear(client)];
  const hears = ear(far);
  client.write("a");
  await hears.until(() => hears.text === "a");
  valve.sleep();
  expect(valve.isAsleep).toBe(true);
  client.write("b");
  far.write("c");
  far.end();
  // A second line is a fence of the kernel's: it is open, and nothing has come of it at the server, or of the first.
  const second = dial();
  await new Promise<void>((resolve) => second.once("connect", resolve));
  const other = await line();
  const fence = other.dial();
  const fenced = ear(await other.server);
  fence.write("x");
  await fenced.until(() => fenced.text === "x");
  expect([hears.text, near.text, near.isOver, valve.lines]).toEqual(["a", "", false, 1]);
  valve.wake();
  await hears.until(() => hears.text === "ab");
  await near.until(() => near.text === "c" && near.isOver);
  expect(valve.lines).toBe(2);
});

test("[B2] a line that is reset while it sleeps is known to be over only when it wakes", async () => {
  const { valve, dial, server } = await line();
  const near = ear(dial());
  const far = await server;
  valve.sleep();
  far.resetAndDestroy();
  // Time for the news to come through, if it did.
  const other = await line();
  for (let n = 0; n < 5; n++) {
    const fence = other.dial();
    await new Promise<void>((resolve) => fence.once("connect", resolve));
  }
  expect(near.isOver).toBe(false);
  valve.wake();
  await near.until(() => near.isOver);
});

/** As a server sends it. */
function frame(text: string): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126 ? Buffer.of(0x81, body.length) : Buffer.of(0x81, 126, body.length >> 8, body.length & 255);
  return Buffer.concat([head, body]);
}

test("[B5] a thief takes the messages that it is told to and passes the rest byte by byte, however it comes", () => {
  const seed = seedOf("BOTS_SEED");
  const random = randomFrom(seed);
  const message = (n: number, more = "") => frame(JSON.stringify({ type: "message", from: "ann", data: n, more }));
  const hello = Buffer.from("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  const others = [
    frame('{"type":"ack","id":1}'),
    Buffer.of(0x89, 0),
    frame('{"type":"state","data":"{\\"type\\":\\"message\\"}"}'),
  ];
  const whole = [
    hello,
    message(1),
    others[0],
    message(2, "x".repeat(300)),
    others[1],
    message(3),
    others[2],
  ] as Buffer[];
  const left = [hello, message(1), others[0], others[1], message(3), others[2]] as Buffer[];
  for (let round = 0; round < 50; round++) {
    const filter = thiefOf((text) => text.includes('"data":2'));
    const bytes = Buffer.concat(whole);
    const passed: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + random.below(round < 25 ? 7 : 400);
      passed.push(filter(bytes.subarray(at, at + size)));
      at += size;
    }
    expect([seed, Buffer.concat(passed).toString("latin1")]).toEqual([seed, Buffer.concat(left).toString("latin1")]);
  }
});
