// The audiences of the rooms here, over Bun's topics: a channel for the lines that are open to this node, and one topic for those of any other, whose own
// node spreads them [C9]. Knows no room but its code.
import type { Clock } from "../clock.ts";
import { Channel } from "./channel.ts";
import type { SocketLine } from "./line.ts";

/** No room code has a slash, so no room's topic is one of these. */
const SUFFIX = "/audience";

/** The topic that the audience of that room listens to. */
export function audienceTopic(code: string): string {
  return code + SUFFIX;
}

/** Whether a topic is one of an audience: many may listen to it. */
export function isAudienceTopic(topic: string): boolean {
  return topic.includes(SUFFIX);
}

export class Galleries {
  readonly #channels = new Map<string, Channel>();

  /** @param publish tells all who listen to a topic on this node, and counts nothing */
  constructor(
    private readonly clock: Clock,
    private readonly publish: (topic: string, text: string, listeners: number) => void,
  ) {}

  /** The line hears what is told to that topic from now on. */
  subscribe(topic: string, line: SocketLine, number: number): void {
    const channel = this.#channels.get(topic) ?? new Channel(topic, this.publish, this.clock);
    this.#channels.set(topic, channel);
    channel.subscribe(line, number);
  }

  unsubscribe(topic: string, line: SocketLine, number: number): void {
    const channel = this.#channels.get(topic);
    channel?.unsubscribe(line, number);
    if (channel?.size === 0) this.#channels.delete(topic);
  }

  tell(topic: string, text: string): void {
    this.#channels.get(topic)?.publish(text);
  }

  /** How many topics are listened to. */
  get size(): number {
    return this.#channels.size;
  }
}
