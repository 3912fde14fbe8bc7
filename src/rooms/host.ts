// The host's role: whose it is, and what happens while nobody has it [R40]–[R42]. It decides; the room tells.

import type { Clock } from "../clock.ts";
import type { ClientId, HostGone } from "../protocol/commands.ts";
import type { Owner } from "./record.ts";
import type { Seat } from "./seat.ts";

export class Host {
  /** The seat of the host that is here, or null while nobody is. */
  seat: Seat | null = null;
  /** Who gets the role back while `seat` is null: that clientId, with that secret. */
  #owner: Owner;
  /** Whether the role is kept for its owner whatever the policy: over a restart everybody is away, and nobody shall inherit [R48]. */
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

  /** The sealed secret with which this clientId gets the role back; undefined when the role is not kept for it [R22]. */
  sealedFor(clientId: ClientId): string | null | undefined {
    const waits = this.seat === null && (this.#isHeld || this.policy !== "migrate");
    return waits && clientId === this.#owner.clientId ? this.#owner.sealed : undefined;
  }

  /** Makes this member the host and the owner of the role. */
  give(seat: Seat): void {
    this.seat = seat;
    this.#owner = { clientId: seat.clientId, sealed: seat.sealed };
    this.#isHeld = false;
    this.stopClosing();
  }

  /** Whether that member would be host as soon as it is here. */
  wouldBe(clientId: ClientId): boolean {
    if (this.seat !== null) return false;
    const isAnyones = this.policy === "migrate" && !this.#isHeld;
    return isAnyones || clientId === this.#owner.clientId;
  }

  /** A member is here: whether that changes who is host. */
  arrived(seat: Seat): boolean {
    if (!this.wouldBe(seat.clientId)) return false;
    this.give(seat);
    return true;
  }

  /**
   * A member is not here any more: whether that changes who is host. `present`: the members that are here, first to join first.
   * `close` is called when a room with `hostGone: close` has waited for `goneMs`.
   */
  departed(seat: Seat, present: Iterable<Seat>, close: () => void): boolean {
    if (this.seat !== seat) return false;
    this.seat = null;
    if (this.policy === "migrate") this.giveToHeir(present);
    if (this.policy === "close") this.#cancelClosing = this.clock.after(this.goneMs, close);
    return true;
  }

  /**
   * Keeps the role for its owner over a restart; with `hostGone: close` for `goneMs` at most. `isKept`: whether the owner's seat waits
   * too: the role of an owner that has left is not held.
   */
  hold(isKept: boolean, close: () => void): void {
    this.seat = null;
    this.#isHeld = isKept;
    if (this.policy === "close") this.#cancelClosing = this.clock.after(this.goneMs, close);
  }

  /** A waiting seat is given up: whether that changes who is host. With `migrate` it does when the role was held for this seat. */
  gaveUp(seat: Seat, present: Iterable<Seat>): boolean {
    if (!this.#isHeld || seat.clientId !== this.#owner.clientId) return false;
    this.#isHeld = false;
    return this.policy === "migrate" && this.giveToHeir(present);
  }

  /**
   * Gives the role to the member that has been here longest; false: nobody is here. Not to the first to join: a phone that slept for an
   * hour and looked in for a moment has missed what a host has to know, and is gone again soonest [R41].
   */
  private giveToHeir(present: Iterable<Seat>): boolean {
    let heir: Seat | null = null;
    for (const seat of present) if (heir === null || seat.hereSince < heir.hereSince) heir = seat;
    if (heir !== null) this.give(heir);
    return heir !== null;
  }

  /** The room has ended. */
  end(): void {
    this.seat = null;
    this.stopClosing();
  }

  private stopClosing(): void {
    this.#cancelClosing?.();
    this.#cancelClosing = null;
  }
}
