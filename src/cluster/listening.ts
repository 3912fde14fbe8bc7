// Which lines here listen to topics of other nodes: a frame that comes once is handed to all of them [N3], to an audience in pieces [C9].
import type { Clock } from "../clock.ts";
import { Galleries, isAudienceTopic } from "../doors/galleries.ts";
import type { SocketLine } from "../doors/line.ts";
import type { SocketOutlet } from "../doors/outlet.ts";
import type { FarLine } from "./farLine.ts";

export class Listening {
  /** How many lines listen to a topic, of those that are no audience's. */
  readonly #listeners = new Map<string, number>();
  readonly #galleries: Galleries;

  constructor(
    private readonly outlet: SocketOutlet,
    clock: Clock,
  ) {
    this.#galleries = new Galleries(clock, (topic, text, listeners) =>
      outlet.publishCarried(topic, text, listeners, null),
    );
  }

  /** How many topics are listened to. */
  get size(): number {
    return this.#listeners.size + this.#galleries.size;
  }

  hear(far: FarLine, topic: string): void {
    if (far.topics.has(topic)) return;
    far.topics.add(topic);
    if (isAudienceTopic(topic)) {
      this.#galleries.subscribe(topic, far.line, far.id);
      return;
    }
    far.line.socket.subscribe(topic);
    this.#listeners.set(topic, (this.#listeners.get(topic) ?? 0) + 1);
  }

  deaf(far: FarLine, topic: string): void {
    if (!far.topics.delete(topic)) return;
    if (isAudienceTopic(topic)) {
      this.#galleries.unsubscribe(topic, far.line, far.id);
      return;
    }
    if (far.line.isOpen) far.line.socket.unsubscribe(topic);
    const left = (this.#listeners.get(topic) ?? 0) - 1;
    if (left > 0) this.#listeners.set(topic, left);
    else this.#listeners.delete(topic);
  }

  /** @param except a line here that does not hear it; null: all do */
  publish(topic: string, text: string, except: SocketLine | null): void {
    if (isAudienceTopic(topic)) {
      this.#galleries.tell(topic, text);
      return;
    }
    const listeners = this.#listeners.get(topic) ?? 0;
    this.outlet.publishCarried(topic, text, except === null ? listeners : listeners - 1, except);
  }
}
