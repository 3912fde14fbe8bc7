// The host's role: whose it is, and what happens while nobody has it [R40]–[R42]. It decides; the room tells.

import type { Clock } from "../clock.ts";
import type { ClientId, HostGone } from "../protocol/commands.ts";
import type { Owner } from "./record.ts";
import type { Seat } from "./seat.ts";

export class Host {
  /** The seat of the host that is here, or null while nobody is. */
  seat: Seat | null = null;
  /** Whose the role is while `seat` is null: that clientId gets it back, with that secret. */
  #owner: Owner;
  /** Whether the role waits for its owner whatever the policy: everybody is away, because the server is. */
  #isHeld = false;
  #cancelClosing: (() => void) | null = null;

  constructor(
    owner: Owner,
    private readonly policy: HostGone,
    private readonly goneMs: number,
    private readonly clock: Clock,
  ) {
    this.#owner = owner;
  }

  /** Whose the role is. */
  get owner(): Owner {
    return this.#owner;
  }

  /** The sealed secret that this name needs to take the role up; undefined when the role is not this name's. */
  sealedFor(clientId: ClientId): string | null | undefined {
    const waits = this.seat === null && (this.#isHeld || this.policy !== "migrate");
    return waits && clientId === this.#owner.clientId ? this.#owner.sealed : undefined;
  }

  /** Gives the role away. */
  give(seat: Seat): void {
    this.seat = seat;
    this.#owner = { clientId: seat.clientId, sealed: seat.sealed };
    this.#isHeld = false;
    this.#stopClosing();
  }

  /** A member is here: whether that changes who is host. */
  arrived(seat: Seat): boolean {
    if (this.seat !== null) return false;
    const isAnyones = this.policy === "migrate" && !this.#isHeld;
    if (!isAnyones && seat.clientId !== this.#owner.clientId) return false;
    this.give(seat);
    return true;
  }

  /**
   * A member is not here any more: whether that changes who is host. `present`: those that are, longest-present first. `close` is
   * called when the room has waited for its host long enough.
   */
  departed(seat: Seat, present: Iterable<Seat>, close: () => void): boolean {
    if (this.seat !== seat) return false;
    this.seat = null;
    if (this.policy === "migrate") {
      for (const heir of present) {
        this.give(heir);
        break;
      }
    }
    if (this.policy === "close") this.#cancelClosing = this.clock.after(this.goneMs, close);
    return true;
  }

  /**
   * The server goes, or was gone: the role waits for its owner, who will be back with everybody else. With `hostGone: close` not for
   * ever. `isKept`: whether the owner's seat is; nobody waits for one that has left.
   */
  hold(isKept: boolean, close: () => void): void {
    this.seat = null;
    this.#isHeld = isKept;
    if (this.policy === "close") this.#cancelClosing = this.clock.after(this.goneMs, close);
  }

  /** A seat is given up that waited: whether that changes who is host, since it was the one the role was held for. */
  gaveUp(seat: Seat, present: Iterable<Seat>): boolean {
    if (!this.#isHeld || seat.clientId !== this.#owner.clientId) return false;
    this.#isHeld = false;
    if (this.policy !== "migrate") return false;
    for (const heir of present) {
      this.give(heir);
      return true;
    }
    return false;
  }

  /** The room has ended. */
  end(): void {
    this.seat = null;
    this.#stopClosing();
  }

  #stopClosing(): void {
    this.#cancelClosing?.();
    this.#cancelClosing = null;
  }
}
