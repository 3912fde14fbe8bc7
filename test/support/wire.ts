// A wire between nodes that is as bad as a test wants it: it loses, doubles and delays what is published by a seeded draw, and what is delayed
// is overtaken. Nodes on it write down what their links tell them and check it: each link's frames once and in order [N3].
import { channelOf, Links } from "../../src/cluster/links.ts";
import type { Broken, Carried, Frame } from "../../src/cluster/ports.ts";
import type { ManualClock } from "./clock.ts";
import type { Random } from "./random.ts";

const CLUSTER = "test";

export interface Faults {
  readonly lost: number;
  readonly doubled: number;
  /** In ms, of what is not at once. */
  readonly delayMs: number;
}
export const CALM: Faults = { lost: 0, doubled: 0, delayMs: 0 };

export class BadWire {
  isUp = true;
  faults = CALM;
  /** What was published, with its channel, before anything befell it. */
  readonly published: { readonly channel: string; readonly text: string }[] = [];
  readonly #listeners = new Map<string, (text: string) => void>();

  constructor(
    readonly clock: ManualClock,
    private readonly random: Random,
  ) {}

  listen(channel: string, heard: (text: string) => void): void {
    this.#listeners.set(channel, heard);
  }

  publish(channel: string, text: string): void {
    this.published.push({ channel, text });
    if (!this.isUp) return;
    const times = this.random.chance(this.faults.doubled) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      if (this.random.chance(this.faults.lost)) continue;
      const delayMs = this.faults.delayMs === 0 ? 0 : this.random.below(this.faults.delayMs);
      this.clock.after(delayMs, () => {
        if (this.isUp) this.#listeners.get(channel)?.(text);
      });
    }
  }
}

/** What one node has said to another on the link it has, and what it has heard on it. */
interface Talk {
  /** Which of its links to that node, as far as this process knows. */
  link: number;
  said: number;
  /** Of the other's link: `boot/link`; null: nothing has been heard yet. */
  from: string | null;
  heard: number;
}

/** A process: after a restart there is another one of the same name. */
export class WireNode {
  readonly links: Links;
  readonly faults: unknown[] = [];
  readonly heard: string[] = [];
  readonly told: string[] = [];
  /** What was said against the promise, in words. */
  readonly wrongs: string[] = [];
  /** What each link does with a frame, beyond writing it down. */
  onHeard: (node: string, frame: Frame) => void = () => {};
  /** Looks whether the node has to be held. */
  onLook: () => void = () => {};
  readonly #talks = new Map<string, Talk>();
  /** All that is over. */
  readonly #over = new Set<string>();

  constructor(
    wire: BadWire,
    readonly name: string,
    readonly boot: string,
  ) {
    const carried: Carried = {
      heard: (node, frame) => this.#heard(node, frame),
      filled: (node, isFull) => this.told.push(`${node} ${isFull ? "fills" : "has room"}`),
      broken: (node, why) => this.#broken(node, why),
    };
    const engine = {
      get isUp() {
        return wire.isUp;
      },
      publish: (channel: string, text: string) => wire.publish(channel, text),
    };
    const onFault = (error: unknown) => this.faults.push(error);
    const look = () => this.onLook();
    this.links = new Links({ node: name, boot, cluster: CLUSTER, engine, carried, clock: wire.clock, look, onFault });
    wire.listen(channelOf(CLUSTER, name), (text) => this.links.received(text));
  }

  /** Says the next thing to that node. @returns what say() did */
  speak(node: string, filler = ""): boolean {
    const talk = this.#talk(node);
    const text = `${this.boot}/${talk.link}/${talk.said + 1}/${filler}`;
    const isSaid = this.links.say(node, { op: "frame", line: talk.said + 1, arg: "", text });
    if (isSaid) talk.said += 1;
    return isSaid;
  }

  /** Whether all that the other has said on the link it has now was heard here. */
  hasAllOf(other: WireNode): boolean {
    const its = other.#talk(this.name);
    const ours = this.#talk(other.name);
    return its.said === 0 || (ours.from === `${other.boot}/${its.link}` && ours.heard === its.said);
  }

  #heard(node: string, frame: Frame): void {
    const [boot, link, number] = frame.text.split("/");
    const talk = this.#talk(node);
    const from = `${boot}/${link}`;
    this.heard.push(`${node} ${from}/${number}`);
    if (talk.from !== from && talk.from !== null) this.wrongs.push(`${this.boot}: ${from} follows ${talk.from}`);
    if (this.#over.has(from)) this.wrongs.push(`${this.boot}: ${from} was over`);
    if (Number(number) !== talk.heard + 1) this.wrongs.push(`${this.boot}: ${from}/${number} after ${talk.heard}`);
    talk.from = from;
    talk.heard = Number(number);
    this.onHeard(node, frame);
  }

  #broken(node: string, why: Broken): void {
    this.told.push(`${node} ${why}`);
    const talk = this.#talk(node);
    if (talk.from !== null) this.#over.add(talk.from);
    this.#talks.set(node, { link: talk.link + 1, said: 0, from: null, heard: 0 });
  }

  #talk(node: string): Talk {
    const talk = this.#talks.get(node) ?? { link: 1, said: 0, from: null, heard: 0 };
    this.#talks.set(node, talk);
    return talk;
  }
}
