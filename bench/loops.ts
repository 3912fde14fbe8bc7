// Two ways of driving a crowd. The closed loop keeps the server busy: a room speaks again when it has heard what was
// said. The fixed rate is deaf to answers: each message has its due time, and a late one counts its lateness. Both begin
// and end with nothing under way, so that CPU time and deliveries are of exactly the same messages.

import type { Crowd } from "./crowd.ts";
import { LatencyRecorder, nowUs } from "./latency.ts";
import type { Peer } from "./peer.ts";
import type { Case, Speaker } from "./scenarios.ts";
import { repeated, type StampedFrame, stampedFrame, textFrame } from "./wire.ts";

const DRAIN_TIMEOUT_MS = 15_000;
const US_PER_MS = 1000;
const MS_PER_SECOND = 1000;

export interface Driver {
  /** Drives for so long, waits until all is delivered, and says how much that was. */
  run(windowMs: number): Promise<number>;
  latency: LatencyRecorder | null;
}

interface RoomLoad {
  peers: Peer[];
  speakers: Speaker[];
}

function roomsOf(crowd: Crowd, plan: Case): RoomLoad[] {
  return crowd.parties.map((party) => ({
    peers: [party.display, ...party.phones],
    speakers: plan.speakers(party),
  }));
}

export function driverFor(plan: Case, crowd: Crowd): Driver {
  return plan.drive === "fixed rate" ? fixedRate(crowd, plan) : closedLoop(crowd, plan);
}

/** Counts what is under way. A run is over when it was stopped and all is heard, or at the first fault. */
class Ledger {
  underWay = 0;
  running = false;
  private delivered = 0;
  private end = Promise.withResolvers<void>();

  begin(): void {
    this.delivered = 0;
    this.running = true;
    this.end = Promise.withResolvers<void>();
    this.end.promise.catch(() => {}); // a fault may come before anybody waits
  }

  heard(frames: number): void {
    this.delivered += frames;
    this.underWay -= frames;
    if (!this.running && this.underWay <= 0) this.end.resolve();
  }

  stop(): void {
    this.running = false;
    if (this.underWay <= 0) this.end.resolve();
  }

  fail(reason: string): void {
    this.running = false;
    this.end.reject(new Error(reason));
  }

  /** How many were delivered. What never comes is a failure of the run, told with its count. */
  async settled(windowMs: number): Promise<number> {
    const tooLate = () => this.fail(`${this.underWay} deliveries never came`);
    const timer = setTimeout(tooLate, windowMs + DRAIN_TIMEOUT_MS);
    await this.end.promise.finally(() => clearTimeout(timer));
    if (this.underWay < 0) throw new Error(`${-this.underWay} deliveries more than were sent`);
    return this.delivered;
  }
}

function closedLoop(crowd: Crowd, plan: Case): Driver {
  const ledger = new Ledger();
  let until = 0;
  const starts: (() => void)[] = [];
  const frames = new Map<string, Uint8Array>();
  const packetOf = (message: string) => {
    const bytes = frames.get(message) ?? repeated(textFrame(message), plan.packetMessages);
    frames.set(message, bytes);
    return bytes;
  };
  const listen = () => {
    starts.length = 0;
    for (const room of roomsOf(crowd, plan)) {
      const lines = room.speakers.map((speaker) => ({ peer: speaker.peer, bytes: packetOf(speaker.message) }));
      const aRound = room.speakers.reduce(
        (sum, speaker) => sum + speaker.deliveriesPerMessage * plan.packetMessages,
        0,
      );
      let underWay = 0;
      const speak = () => {
        underWay += aRound;
        ledger.underWay += aRound;
        for (const { peer, bytes } of lines) peer.write(bytes);
      };
      const onFrames = (count: number) => {
        underWay -= count;
        ledger.heard(count);
        while (underWay <= aRound * (plan.roundsUnderWay - 1) && ledger.running) {
          if (performance.now() >= until) ledger.stop();
          else speak();
        }
      };
      for (const peer of room.peers) {
        peer.onFrames = onFrames;
        peer.onFault = (reason) => ledger.fail(reason);
        peer.latency = null;
      }
      starts.push(() => {
        for (let i = 0; i < plan.roundsUnderWay; i++) speak();
      });
    }
  };
  return {
    latency: null,
    async run(windowMs) {
      listen();
      ledger.begin();
      until = performance.now() + windowMs;
      for (const start of starts) start();
      return await ledger.settled(windowMs);
    },
  };
}

function fixedRate(crowd: Crowd, plan: Case): Driver {
  const ledger = new Ledger();
  const latency = new LatencyRecorder();
  const rooms = roomsOf(crowd, plan);
  const stamped = new Map<string, StampedFrame>();
  // Room by room in turn, so that two messages after each other fall into different rooms where there are several.
  const inTurn: { peer: Peer; deliveries: number; frame: StampedFrame }[] = [];
  for (let i = 0; i < Math.max(...rooms.map((room) => room.speakers.length)); i++) {
    for (const { speakers } of rooms) {
      const speaker = speakers[i];
      if (speaker === undefined) continue;
      const frame = stamped.get(speaker.message) ?? stampedFrame(speaker.message);
      stamped.set(speaker.message, frame);
      inTurn.push({ peer: speaker.peer, deliveries: speaker.deliveriesPerMessage, frame });
    }
  }
  const deliveriesPerMessage = inTurn.reduce((sum, speaker) => sum + speaker.deliveries, 0) / inTurn.length;
  const gapMs = (MS_PER_SECOND * deliveriesPerMessage) / plan.deliveriesPerSecond;
  let turn = 0;

  const sendOne = (dueMs: number) => {
    const speaker = inTurn[turn++ % inTurn.length];
    if (speaker === undefined) return;
    speaker.frame.stamp(Math.floor(dueMs * US_PER_MS));
    ledger.underWay += speaker.deliveries;
    speaker.peer.write(speaker.frame.bytes);
  };
  return {
    latency,
    async run(windowMs) {
      for (const { peers } of rooms) {
        for (const peer of peers) {
          peer.onFrames = (count) => ledger.heard(count);
          peer.onFault = (reason) => ledger.fail(reason);
          peer.latency = latency;
        }
      }
      latency.clear();
      ledger.begin();
      const start = nowUs() / US_PER_MS;
      const endMs = Math.ceil(windowMs / gapMs) * gapMs;
      let due = 0;
      // The load generator has a core of its own and spins on it: a timer's millisecond would be most of the latency.
      await new Promise<void>((resolve) => {
        const tick = () => {
          const elapsed = performance.now() - start;
          while (due <= elapsed && due < endMs) {
            sendOne(start + due);
            due += gapMs;
          }
          if (elapsed >= endMs || !ledger.running) resolve();
          else setImmediate(tick);
        };
        tick();
      });
      ledger.stop();
      return await ledger.settled(windowMs);
    },
  };
}
