// What only one member and the host see: a hand of cards, a secret role [C32]. It is kept by clientId and not in the seat, since few have any.

import { PRIVATE_AROUND_BYTES } from "../../limits/frameSizes.ts";
import { textBytes } from "../../limits/kept.ts";
import { WIRE } from "../../limits/table.ts";
import type { ClientId } from "../../protocol/commands.ts";
import type { PrivateData } from "../../protocol/events.ts";
import { type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Line, Seat } from "../seat.ts";
import type { CrowdRoom } from "./ports.ts";

/** Bytes that it takes besides its texts. */
const PRIVATE_BYTES = 150;

export class Privates {
  readonly #bodies = new Map<ClientId, string>();
  /** Bytes that all of it takes in a frame. */
  #frameBytes = 0;

  constructor(private readonly room: CrowdRoom) {}

  /** Replaces what the member has; answers how many lines heard it, which is its own or none. */
  set(by: Seat, of: Seat, body: string): number | Refusal {
    const before = this.#bodies.get(of.clientId);
    const more = bytesOf(of.clientId, body) - (before === undefined ? 0 : bytesOf(of.clientId, before));
    const frameBytes = this.#frameBytes + frameBytesOf(body) - (before === undefined ? 0 : frameBytesOf(before));
    if (frameBytes > WIRE.privatesBytesMax || !this.room.keep(more)) return refuse("too_large");
    this.#frameBytes = frameBytes;
    this.#bodies.set(of.clientId, body);
    this.room.changed();
    if (of.line === null || of === by) return 0;
    this.room.tellOne(of.line, { kind: "private", clientId: of.clientId, body });
    return 1;
  }

  of(clientId: ClientId): string | undefined {
    return this.#bodies.get(clientId);
  }

  /** What all have, save that member. */
  othersThan(clientId: ClientId): PrivateData[] {
    const all = Array.from(this.#bodies, ([of, body]) => ({ clientId: of, body }));
    return all.filter((one) => one.clientId !== clientId);
  }

  /** Tells one line, its own save: it is the host's from now on. */
  tellTo(line: Line, clientId: ClientId): void {
    for (const one of this.othersThan(clientId)) this.room.tellOne(line, { kind: "private", ...one });
  }

  /** The member has given up its seat. */
  drop(clientId: ClientId): void {
    const body = this.#bodies.get(clientId);
    if (body === undefined) return;
    this.#bodies.delete(clientId);
    this.#frameBytes -= frameBytesOf(body);
    this.room.keepAnyway(-bytesOf(clientId, body));
  }

  clear(): void {
    for (const clientId of [...this.#bodies.keys()]) this.drop(clientId);
  }

  get size(): number {
    return this.#bodies.size;
  }

  /** Characters of all of it, for whoever asks whether it fits a frame. */
  get chars(): number {
    let chars = 0;
    for (const [clientId, body] of this.#bodies) chars += PRIVATE_BYTES + clientId.length + body.length;
    return chars;
  }

  record(): PrivateData[] {
    return Array.from(this.#bodies, ([clientId, body]) => ({ clientId, body }));
  }

  restore(records: readonly PrivateData[]): void {
    for (const { clientId, body } of records) {
      this.room.keepAnyway(bytesOf(clientId, body));
      this.#frameBytes += frameBytesOf(body);
      this.#bodies.set(clientId, body);
    }
  }
}

function frameBytesOf(body: string): number {
  return PRIVATE_AROUND_BYTES + Buffer.byteLength(body);
}

/** What it is counted as [L31]. */
function bytesOf(clientId: ClientId, body: string): number {
  return PRIVATE_BYTES + textBytes(clientId) + textBytes(body);
}
