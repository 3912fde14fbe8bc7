// Who may come in: secrets, bans and the lock [R22][R38][R39]. It keeps secrets only as they are sealed.
import type { ClientId } from "../protocol/commands.ts";
import type { Secrets } from "./ports.ts";
import type { BansRecord } from "./record.ts";

/** Bans that a room keeps; past it the oldest is dropped, so that a host cannot fill the memory [R39]. */
export const BANS_MAX = 1_000;

export class Access {
  /** Whether it takes nobody new. */
  isLocked = false;
  /** Banned clientIds and sealed secrets, since a new clientId costs nothing; null until the first. Oldest first. */
  #bans: { readonly clientIds: Set<ClientId>; readonly sealed: Set<string> } | null = null;

  /** @param salt the room's id: the same secret is sealed differently in each room */
  constructor(
    private readonly secrets: Secrets,
    private readonly salt: string,
  ) {}

  /** A secret as it is kept; null for none. */
  seal(secret: string | null): string | null {
    return secret === null ? null : this.secrets.seal(secret, this.salt);
  }

  /** Whether the sealed secret that a guest brought is the one that is kept; where none is kept, anyone may come. */
  opens(kept: string | null, brought: string | null): boolean {
    return kept === null || (brought !== null && this.secrets.isSame(kept, brought));
  }

  ban(clientId: ClientId, sealed: string | null): void {
    this.#bans ??= { clientIds: new Set(), sealed: new Set() };
    addBounded(this.#bans.clientIds, clientId);
    if (sealed !== null) addBounded(this.#bans.sealed, sealed);
  }

  isBanned(clientId: ClientId, sealed: string | null): boolean {
    if (this.#bans === null) return false;
    return this.#bans.clientIds.has(clientId) || (sealed !== null && this.#bans.sealed.has(sealed));
  }

  bans(): BansRecord | null {
    return this.#bans && { clientIds: [...this.#bans.clientIds], sealed: [...this.#bans.sealed] };
  }

  restore(locked: boolean, bans: BansRecord | null): void {
    this.isLocked = locked;
    this.#bans = bans && { clientIds: new Set(bans.clientIds), sealed: new Set(bans.sealed) };
  }
}

/** A Set keeps its order: past the limit the oldest goes. */
function addBounded(set: Set<string>, item: string): void {
  set.add(item);
  if (set.size <= BANS_MAX) return;
  const oldest = set.keys().next();
  if (!oldest.done) set.delete(oldest.value);
}
