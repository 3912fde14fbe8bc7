// Four clients that mean no good, for `bun bench/badClients.ts PORT SECONDS`: one floods, one stops reading while its own room
// is told 16 KiB at a time, one never answers a ping, one sends frames that are none and comes back when it is closed. A process
// of its own, so that what they cost is not charged to those who are measured. Bounded in time; loopback only.

import { connect, type Socket } from "node:net";
import { textFrame } from "./wire.ts";

const port = Number(process.argv[2]);
const untilMs = performance.now() + Number(process.argv[3]) * 1000;
const COME_BACK_MS = 100;
const FLOOD_FRAMES_A_WRITE = 500;
const BAD_FRAMES = ["null", "[]", "5", "{", "", "[".repeat(60_000), `{"type":"send","data":${"[".repeat(30_000)}}`]
  .concat([
    '{"type":"__proto__"}',
    `{"${"x".repeat(50_000)}":1}`,
    '{"type":"join","clientId":"x","room":"nope"}',
    "\\".repeat(60_000),
  ])
  .map(textFrame);

function open(onText: (text: string, socket: Socket) => void): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.on("data", (chunk) => onText(String(chunk), socket));
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13";
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`);
  return socket;
}

function say(socket: Socket, message: object): void {
  socket.write(textFrame(JSON.stringify(message)));
}

/** A client that comes back whenever it is closed, as long as the run lasts. */
function again(act: () => Socket): void {
  if (performance.now() > untilMs) return;
  act().on("close", () => setTimeout(again, COME_BACK_MS, act));
}

again(() => {
  const frames = Buffer.concat(
    Array.from({ length: FLOOD_FRAMES_A_WRITE }, () => textFrame('{"type":"send","data":1}')),
  );
  const socket = open(() => {});
  say(socket, { type: "create", clientId: "flooder", maxClients: 2 });
  const pour = () => {
    while (!socket.destroyed && performance.now() < untilMs && socket.write(frames));
  };
  socket.on("drain", pour);
  socket.on("connect", pour);
  return socket;
});

again(() => {
  const state = textFrame(JSON.stringify({ type: "send", data: "x".repeat(16 * 1024) }));
  return open((text, host) => {
    const room = /"type":"created","room":"(\w+)"/.exec(text)?.[1];
    if (text.startsWith("HTTP")) say(host, { type: "create", clientId: "loud", maxClients: 4 });
    if (room === undefined) return;
    for (const clientId of ["asleep-1", "asleep-2", "asleep-3"]) {
      const sleeper = open((joined) => {
        if (joined.startsWith("HTTP")) say(sleeper, { type: "join", clientId, room });
        else sleeper.pause();
      });
      host.on("close", () => sleeper.destroy());
    }
    const timer = setInterval(() => host.write(state), 16);
    host.on("close", () => clearInterval(timer));
  });
});

// Raw sockets answer no ping by themselves: this one only has to say nothing.
again(() =>
  open((text, socket) => text.startsWith("HTTP") && say(socket, { type: "create", clientId: "mute", maxClients: 2 })),
);

again(() => {
  const socket = open(() => {
    for (const frame of BAD_FRAMES) socket.write(frame);
  });
  return socket;
});

setTimeout(() => process.exit(0), Math.max(0, untilMs - performance.now()) + 200);
