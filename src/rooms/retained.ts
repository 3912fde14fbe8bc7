// What a room keeps for whoever joins: its state, and in rooms that share, what each member's own data begins as and its shape
// [R36][R44]. A member's own data stands in its seat.
import { textBytes } from "../limits/kept.ts";
import type { Opening, Shaped } from "../protocol/commands.ts";
import { type Refusal, refuse } from "../protocol/refusals.ts";
import type { Delivery } from "./delivery.ts";
import type { Members } from "./members.ts";
import type { Seat } from "./seat.ts";

/** One JSON value as text, and its shape where the wire knows one. */
interface Shapable {
  readonly body: string;
  readonly shape: string | null;
}

export class Retained {
  constructor(
    /** The state: one JSON value as text; null until one is set. */
    public state: string | null,
    /** What a member's own data begins as, and the shape it keeps; null: anything goes. */
    public defaults: Shaped | null,
  ) {}

  /** Whether members' data has a shape, and any member may replace everything [R44]. */
  get isShared(): boolean {
    return this.defaults !== null;
  }

  /** What a new member's own data is. */
  get firstPlayer(): string | null {
    return this.defaults?.body ?? null;
  }

  /** Replaces the state [R36]; answers how many lines heard it. */
  setState(from: Seat, body: string, delivery: Delivery): number | Refusal {
    if (!delivery.keep(this.#moreWith(body, this.defaults))) return refuse("too_large");
    this.state = body;
    return delivery.tell({ kind: "state", body }, from);
  }

  /**
   * Replaces a member's own data [R37], which must have the shape that is kept [R45], or as the host another's [C30]; answers how many lines
   * heard it.
   */
  setPlayer(by: Seat, of: Seat | undefined, { body, shape }: Shapable, delivery: Delivery): number | Refusal {
    if (of === undefined) return refuse("target_not_found");
    if (this.defaults !== null && this.defaults.shape !== shape) return refuse("wrong_shape");
    if (!delivery.keep(textBytes(body) - textBytes(of.player))) return refuse("too_large");
    of.player = body;
    return delivery.tell({ kind: "player", clientId: of.clientId, body }, this.isShared ? null : by);
  }

  /** There is no state, as before the first [C39]. */
  clearState(delivery: Delivery): void {
    delivery.keep(this.#moreWith(null, this.defaults));
    this.state = null;
  }

  /** Each member's own data is what a new member's is [C39]. */
  clearPlayers(members: Members<unknown>, delivery: Delivery): void {
    for (const seat of members.seats.values()) {
      delivery.keep(textBytes(this.firstPlayer) - textBytes(seat.player));
      seat.player = this.firstPlayer;
    }
  }

  /** Replaces the state and the defaults, and with them every member's own data [R46]; answers how many lines heard it. */
  setShared(state: string, defaults: Shaped, members: Members<unknown>, delivery: Delivery): number | Refusal {
    if (!this.isShared) return refuse("not_host");
    if (!delivery.keep(this.#moreWith(state, defaults) + members.moreWith(defaults.body))) return refuse("too_large");
    this.state = state;
    this.defaults = defaults;
    for (const seat of members.seats.values()) seat.player = defaults.body;
    return delivery.tell({ kind: "shared", state, player: defaults.body }, null);
  }

  /** Bytes that it takes with this state and these defaults beyond what it takes now [L31]. */
  #moreWith(state: string | null, defaults: Shaped | null): number {
    return retainedBytes(state, defaults) - retainedBytes(this.state, this.defaults);
  }
}

/** Bytes that a room keeps of how it was opened [L31]. */
export function openingBytes({ state, defaults, wireData }: Omit<Opening, "rules">): number {
  return retainedBytes(state, defaults) + textBytes(wireData);
}

function retainedBytes(state: string | null, defaults: Shaped | null): number {
  return textBytes(state) + (defaults === null ? 0 : textBytes(defaults.body) + textBytes(defaults.shape));
}
