// The host's role: whose it is, and what happens while nobody has it [R40]–[R42]. It decides; the room tells.
import type { ClientId, HostGone } from "../vocabulary.ts";
import type { Clock } from "./ports.ts";
import type { Seat } from "./seat.ts";

export class Role {
  /** The host that is here, or null while nobody is. */
  host: Seat | null;
  /** Whose the role is while `host` is null: that clientId gets it back, with that secret. */
  #owner: ClientId;
  #sealed: string | null;
  #cancelClosing: (() => void) | null = null;

  constructor(
    creator: Seat,
    private readonly policy: HostGone,
    private readonly goneMs: number,
    private readonly clock: Clock,
  ) {
    this.host = creator;
    this.#owner = creator.clientId;
    this.#sealed = creator.sealed;
  }

  /** Whose the role is. */
  get owner(): ClientId {
    return this.#owner;
  }

  /** The sealed secret that this name needs to take the role up; undefined when the role is not this name's. */
  sealedFor(clientId: ClientId): string | null | undefined {
    return clientId === this.#owner && this.host === null && this.policy !== "migrate" ? this.#sealed : undefined;
  }

  /** Gives the role away. */
  give(seat: Seat): void {
    this.host = seat;
    this.#owner = seat.clientId;
    this.#sealed = seat.sealed;
    this.#stopClosing();
  }

  /** A member is here: whether that changes who is host. */
  arrived(seat: Seat): boolean {
    if (this.host !== null) return false;
    if (this.policy !== "migrate" && seat.clientId !== this.#owner) return false;
    this.give(seat);
    return true;
  }

  /**
   * A member is not here any more: whether that changes who is host. `present`: those that are, longest-present first. `close` is
   * called when the room has waited for its host long enough.
   */
  departed(seat: Seat, present: Iterable<Seat>, close: () => void): boolean {
    if (this.host !== seat) return false;
    this.host = null;
    if (this.policy === "migrate") {
      for (const heir of present) {
        this.give(heir);
        break;
      }
    }
    if (this.policy === "close") this.#cancelClosing = this.clock.after(this.goneMs, close);
    return true;
  }

  /** The room has ended. */
  end(): void {
    this.host = null;
    this.#stopClosing();
  }

  #stopClosing(): void {
    this.#cancelClosing?.();
    this.#cancelClosing = null;
  }
}
