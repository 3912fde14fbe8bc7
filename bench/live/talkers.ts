// `bun bench/live/talkers.ts PORT`: twenty rooms of eight where everybody says something five times a second, as a process of its own,
// so that what a subscriber's frame costs to read is not taken for a room's latency. Each line on stdin is a window in ms; answered
// by a line of JSON. Stamps and arrivals are of one process and one clock.

import { linesOf } from "../../test/support/lines.ts";
import { CONTESTANTS } from "../contestants.ts";
import { gather, until } from "../crowd.ts";
import { LatencyRecorder, nowUs } from "../latency.ts";
import { sendMessage } from "../payloads.ts";
import { stampedFrame } from "../wire.ts";
import type { HotPath } from "./rooms.ts";

const ROOMS = 20;
const SIZE = 8;
const MESSAGES_PER_SECOND = 5;
const PACE_MS = 1;
const DRAIN_MS = 5_000;

const partyline = CONTESTANTS.find(({ name }) => name === "partyline");
if (partyline === undefined) throw new Error("there is no partyline to measure");
const plan = { rooms: ROOMS, size: SIZE, phonesTalkToDisplay: false };
const crowd = await gather(partyline, Number(process.argv[2]), plan);
const peers = [...crowd.peers()];
const latency = new LatencyRecorder();
const frame = stampedFrame(sendMessage("64 B", null));
let delivered = 0;
for (const peer of peers) {
  peer.latency = latency;
  peer.onFrames = (frames) => {
    delivered += frames;
  };
  peer.onFault = (reason) => {
    throw new Error(reason);
  };
}

/** Everybody in turn, evenly over the window. It waits by a timer: spinning would take the core from those who read beside it. */
async function speak(ms: number): Promise<HotPath> {
  const gapMs = 1000 / (peers.length * MESSAGES_PER_SECOND);
  const startedAt = performance.now();
  let sent = 0;
  latency.clear();
  delivered = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      for (; sent * gapMs < Math.min(elapsedMs, ms); sent++) {
        frame.stamp(nowUs());
        peers[sent % peers.length]?.write(frame.bytes);
      }
      if (elapsedMs < ms) return;
      clearInterval(timer);
      resolve();
    }, PACE_MS);
  });
  await until(DRAIN_MS, () => delivered === sent * (SIZE - 1));
  const { p50Us, p90Us, p99Us } = latency.summary();
  return { sent, delivered, p50Us, p90Us, p99Us };
}

console.log("{}");
for await (const line of linesOf(Bun.stdin.stream())) console.log(JSON.stringify(await speak(Number(line))));
// Its end is the end of this process, whatever its lines are waiting for.
process.exit(0);
