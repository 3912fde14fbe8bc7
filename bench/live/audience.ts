// A thousand subscribers of one session in one process, on lines read by hand (peer.ts): each must hear every event, with no id left
// out, letter by letter what the others hear. An event is timed when the last of them has it, so all times are of one clock.

import { inParallel } from "../crowd.ts";
import { Peer } from "../peer.ts";
import { frame, OPCODE_PING } from "../wire.ts";

/** Well below LIVE_SILENCE_SECONDS; its answer is a control frame, which a line does not show. */
const PING_MS = 20_000;
const PING = frame(OPCODE_PING, new Uint8Array());
const LIVE_PATH = "/api/sessions/live";

/** One event of the session, and how far it has come. */
export interface Told {
  readonly text: string;
  heardBy: number;
  lastHeardAt: number;
}

export class Audience {
  /** By id, in the order they came. */
  readonly told = new Map<number, Told>();
  /** An id that does not follow the one before on its line, or a text that differs between two lines. */
  gaps = 0;
  garbled = 0;
  heard = 0;
  private readonly peers: Peer[] = [];
  private readonly faults: string[] = [];
  private readonly timer = setInterval(() => this.ping(), PING_MS);

  private constructor(private readonly size: number) {}

  static async gather(port: number, token: string, sessionId: number, size: number): Promise<Audience> {
    const audience = new Audience(size);
    await inParallel(size, (i) => audience.seat(`s${i}`, port, token, sessionId));
    return audience;
  }

  /** Forgets what was told; lines go on counting ids. */
  clear(): void {
    this.told.clear();
    this.heard = 0;
  }

  /** How many events every subscriber has. */
  get complete(): number {
    return [...this.told.values()].filter(({ heardBy }) => heardBy === this.size).length;
  }

  /** @throws {Error} when a line was closed or heard what it should not */
  check(): void {
    if (this.faults.length > 0) throw new Error(`${this.faults.length} faults, the first: ${this.faults[0]}`);
  }

  leave(): void {
    clearInterval(this.timer);
    for (const peer of this.peers) peer.drop();
  }

  private async seat(id: string, port: number, token: string, sessionId: number): Promise<void> {
    const peer = await Peer.open(id, port, LIVE_PATH);
    peer.onFault = (reason) => this.faults.push(reason);
    await new Promise<void>((resolve) => {
      peer.onText = (text) => {
        if (text.startsWith('{"type":"auth_success"')) peer.say({ type: "subscribe", sessionId });
        else if (text.startsWith('{"type":"subscribed"')) resolve();
        else this.faults.push(`${id} heard ${text}`);
      };
      peer.say({ type: "auth", token });
    });
    let last = 0;
    peer.onText = (text) => {
      last = this.hear(text, last);
    };
    this.peers.push(peer);
  }

  /** The hot path of the load generator: the id stands last in a frame, and nothing else of it is parsed. */
  private hear(text: string, last: number): number {
    const id = Number(text.slice(text.lastIndexOf(":") + 1, -1));
    let told = this.told.get(id);
    if (told === undefined) {
      told = { text, heardBy: 0, lastHeardAt: 0 };
      this.told.set(id, told);
    }
    if (last !== 0 && id !== last + 1) this.gaps++;
    if (told.text !== text) this.garbled++;
    told.heardBy++;
    told.lastHeardAt = performance.now();
    this.heard++;
    return id;
  }

  private ping(): void {
    for (const peer of this.peers) peer.write(PING);
  }
}
