// Those who have given up their place while a poll that they answered is open: nobody else shall see their answer or replace it, so their names are
// theirs until it is closed [C12]. Knows no poll.
import { textBytes } from "../../limits/kept.ts";
import type { ClientId } from "../../protocol/commands.ts";
import type { CrowdRoom } from "./ports.ts";
import type { LeaversRecord } from "./record.ts";

/** Bytes that one takes besides its texts. */
const LEAVER_BYTES = 100;

export class Leavers {
  /** Their sealed secrets. One that had none is known by its clientId alone. */
  readonly #sealed = new Map<ClientId, string>();

  /** @param hasAnswered whether an open poll has an answer of that identity */
  constructor(
    private readonly room: Pick<CrowdRoom, "keepAnyway" | "changed">,
    private readonly hasAnswered: (clientId: ClientId) => boolean,
  ) {}

  left(clientId: ClientId, sealed: string | null): void {
    if (sealed === null || !this.hasAnswered(clientId)) return;
    this.#drop(clientId);
    this.#keep(clientId, sealed);
    this.room.changed();
  }

  sealedOf(clientId: ClientId): string | undefined {
    return this.#sealed.get(clientId);
  }

  /** A poll is no more: whose answers went with it is nobody's name any more. */
  prune(): void {
    for (const clientId of this.#sealed.keys()) if (!this.hasAnswered(clientId)) this.#drop(clientId);
  }

  record(): LeaversRecord {
    return [...this.#sealed];
  }

  restore(record: LeaversRecord): void {
    for (const [clientId, sealed] of record) this.#keep(clientId, sealed);
  }

  #keep(clientId: ClientId, sealed: string): void {
    this.#sealed.set(clientId, sealed);
    this.room.keepAnyway(bytesOf(clientId, sealed));
  }

  #drop(clientId: ClientId): void {
    const sealed = this.#sealed.get(clientId);
    if (sealed === undefined) return;
    this.#sealed.delete(clientId);
    this.room.keepAnyway(-bytesOf(clientId, sealed));
  }
}

function bytesOf(clientId: ClientId, sealed: string): number {
  return LEAVER_BYTES + textBytes(clientId) + textBytes(sealed);
}
