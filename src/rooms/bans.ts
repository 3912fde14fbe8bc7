// Who may not come back: by clientId, and by secret, since a new clientId costs nothing.
import { FIXED } from "../limits/table.ts";
import type { ClientId } from "../protocol/commands.ts";
import type { BansRecord } from "./record.ts";

export class Bans {
  readonly #clientIds = new Set<ClientId>();
  readonly #sealed = new Set<string>();

  /** Takes up what another has remembered. */
  static restore({ clientIds, sealed }: BansRecord): Bans {
    const bans = new Bans();
    for (const clientId of clientIds) bans.#clientIds.add(clientId);
    for (const one of sealed) bans.#sealed.add(one);
    return bans;
  }

  record(): BansRecord {
    return { clientIds: [...this.#clientIds], sealed: [...this.#sealed] };
  }

  add(clientId: ClientId, sealed: string | null): void {
    remember(this.#clientIds, clientId);
    if (sealed !== null) remember(this.#sealed, sealed);
  }

  has(clientId: ClientId, sealed: string | null): boolean {
    return this.#clientIds.has(clientId) || (sealed !== null && this.#sealed.has(sealed));
  }
}

/** A Set keeps its order: past the limit the oldest goes. */
function remember(set: Set<string>, item: string): void {
  set.add(item);
  if (set.size <= FIXED.bansMax) return;
  const oldest = set.keys().next();
  if (!oldest.done) set.delete(oldest.value);
}
