// Who may come in: secrets, bans and the lock [R22][R38][R39]. It keeps secrets only as they are sealed.
import type { ClientId } from "../protocol/commands.ts";
import { Bans } from "./bans.ts";
import type { Secrets } from "./ports.ts";
import type { BansRecord } from "./record.ts";

export class Access {
  /** Whether it takes nobody new. */
  isLocked = false;
  #bans: Bans | null = null;

  /** @param salt the room's own: the same secret is another one elsewhere */
  constructor(
    private readonly secrets: Secrets,
    private readonly salt: string,
  ) {}

  /** What is kept of a secret; null for none. */
  seal(secret: string | null): string | null {
    return secret === null ? null : this.secrets.seal(secret, this.salt);
  }

  /** Whether what a guest brought opens what is kept; nothing kept opens to anyone. */
  opens(kept: string | null, brought: string | null): boolean {
    return kept === null || (brought !== null && this.secrets.isSame(kept, brought));
  }

  ban(clientId: ClientId, sealed: string | null): void {
    this.#bans ??= new Bans();
    this.#bans.add(clientId, sealed);
  }

  isBanned(clientId: ClientId, sealed: string | null): boolean {
    return this.#bans?.has(clientId, sealed) ?? false;
  }

  bansRecord(): BansRecord | null {
    return this.#bans?.record() ?? null;
  }

  restore(locked: boolean, bans: BansRecord | null): void {
    this.isLocked = locked;
    this.#bans = bans === null ? null : Bans.restore(bans);
  }
}
