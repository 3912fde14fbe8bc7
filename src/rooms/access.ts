// Who may come in: secrets, bans and the lock [R22][R38][R39]. It keeps secrets only as they are sealed.
import { type RoomKept, textBytes } from "../limits/kept.ts";
import type { ClientId } from "../protocol/commands.ts";
import type { Secrets } from "./ports.ts";
import type { BansRecord } from "./record.ts";

/** Bans that a room keeps; past it the oldest is dropped, so that a host cannot fill the memory [R39]. */
export const BANS_MAX = 1_000;
/** Bytes that an item of the bans takes besides its text: its string and its place in a Set. */
export const BAN_BYTES = 100;

export class Access {
  /** Whether it takes nobody new. */
  isLocked = false;
  /** Banned clientIds and sealed secrets, since a new clientId costs nothing; null until the first. Oldest first. */
  #bans: { readonly clientIds: Set<ClientId>; readonly sealed: Set<string> } | null = null;

  /**
   * @param salt the room's id: the same secret is sealed differently in each room
   * @param kept the account of the room, which has the bans [L31]
   */
  constructor(
    private readonly secrets: Secrets,
    private readonly salt: string,
    private readonly kept: RoomKept,
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
    this.addBounded(this.#bans.clientIds, clientId);
    if (sealed !== null) this.addBounded(this.#bans.sealed, sealed);
  }

  isBanned(clientId: ClientId, sealed: string | null): boolean {
    if (this.#bans === null) return false;
    return this.#bans.clientIds.has(clientId) || (sealed !== null && this.#bans.sealed.has(sealed));
  }

  /** How many clientIds are banned. */
  get banCount(): number {
    return this.#bans?.clientIds.size ?? 0;
  }

  bans(): BansRecord | null {
    return this.#bans && { clientIds: [...this.#bans.clientIds], sealed: [...this.#bans.sealed] };
  }

  restore(locked: boolean, bans: BansRecord | null): void {
    this.isLocked = locked;
    this.#bans = null;
    if (bans === null) return;
    this.#bans = { clientIds: new Set(), sealed: new Set() };
    for (const clientId of bans.clientIds) this.addBounded(this.#bans.clientIds, clientId);
    for (const sealed of bans.sealed) this.addBounded(this.#bans.sealed, sealed);
  }

  /** A Set keeps its order: past the limit the oldest goes. */
  private addBounded(set: Set<string>, item: string): void {
    if (set.has(item)) return;
    set.add(item);
    this.kept.add(BAN_BYTES + textBytes(item));
    if (set.size <= BANS_MAX) return;
    const oldest = set.keys().next();
    if (oldest.done) return;
    set.delete(oldest.value);
    this.kept.add(-BAN_BYTES - textBytes(oldest.value));
  }
}
