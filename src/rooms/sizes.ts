// What a room keeps, in figures for whoever runs the server: how much of it there is, never what it says [M6].
import { textBytes } from "../limits/kept.ts";
import type { RoomSelf } from "./ports.ts";
import type { RoomState } from "./state.ts";

export interface Sizes {
  /** Bytes of the state, as they are counted [L31]; 0: none. */
  readonly stateBytes: number;
  readonly historyEvents: number;
  readonly historyBytes: number;
  /** clientIds that are banned. */
  readonly bans: number;
}

export function sizesOf<R extends RoomSelf>({ retained, delivery, access }: RoomState<R>): Sizes {
  const { events, bytes } = delivery.window;
  return {
    stateBytes: textBytes(retained.state),
    historyEvents: events,
    historyBytes: bytes,
    bans: access.banCount,
  };
}
