// Four clients that mean no good, for `beside.ts`: one floods, one stops reading while its own room is told 16 KiB at a time, one
// never answers a ping, one sends frames that are none; each comes back when it is closed, while the weight is on. Loopback only.

import { repeated, textFrame } from "../client/frames.ts";
import { Line } from "../client/line.ts";

const url = (process.argv[2] ?? "").replace("http", "ws");
const COME_BACK_MS = 100;
const FLOOD = repeated(textFrame('{"type":"send","data":1}'), 500);
const FLOODS_A_TURN = 20;
const STATE = textFrame(JSON.stringify({ type: "send", data: "x".repeat(16 * 1024) }));
const STATE_EVERY_MS = 16;
const BAD_FRAMES = ["null", "[]", "5", "{", "", "[".repeat(60_000), `{"type":"send","data":${"[".repeat(30_000)}}`]
  .concat(['{"type":"__proto__"}', `{"${"x".repeat(50_000)}":1}`, "\\".repeat(60_000)])
  .concat('{"type":"join","clientId":"x","room":"nope"}')
  .map(textFrame);

const create = (clientId: string) => ({ type: "create", clientId, maxClients: 4 });
let isOn = false;
const lines = new Set<Line>();

function again(clientId: string, act: (line: Line) => void): void {
  if (!isOn) return;
  const line = new Line(url, clientId);
  lines.add(line);
  line.onText = () => {};
  line.onClosed = () => {
    lines.delete(line);
    setTimeout(again, COME_BACK_MS, clientId, act);
  };
  line.onOpen = () => act(line);
}

function begin(): void {
  again("flooder", (line) => {
    line.say(create(line.name));
    // Bounded by what the kernel takes: it goes on when that has gone.
    const timer = setInterval(() => {
      for (let i = 0; i < FLOODS_A_TURN && !line.isClogged; i++) line.write(FLOOD);
      if (!lines.has(line)) clearInterval(timer);
    }, 1);
  });
  again("loud", (line) => {
    line.say(create(line.name));
    line.onText = (text) => {
      const room = /"type":"created","room":"(\w+)"/.exec(text)?.[1];
      if (room === undefined) return;
      for (const clientId of ["asleep-1", "asleep-2", "asleep-3"]) {
        const sleeper = new Line(url, clientId);
        lines.add(sleeper);
        sleeper.onOpen = () => sleeper.say({ type: "join", clientId, room });
        sleeper.onText = () => sleeper.sleep();
      }
      const timer = setInterval(() => (lines.has(line) ? line.write(STATE) : clearInterval(timer)), STATE_EVERY_MS);
    };
  });
  again("mute", (line) => {
    line.answersPings = false;
    line.say(create(line.name));
  });
  again("mad", (line) => {
    line.onText = () => {
      for (const bytes of BAD_FRAMES) line.write(bytes);
    };
    line.onText("");
  });
}

process.on("message", (word) => {
  isOn = word === "begin";
  if (isOn) begin();
  else {
    for (const line of lines) line.drop();
    lines.clear();
    process.send?.({});
  }
});
process.send?.({});
