import type { Party } from "./party.ts";
import type { State, Store } from "./state.ts";

/** What each part of the page is given. */
export interface Parts {
  readonly state: State;
  readonly store: Store;
  readonly party: Party;
}
