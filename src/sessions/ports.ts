// What the sessions need from outside besides a clock: somewhere to tell the subscribers of the live socket, and somebody who looks into the
// rooms of other platforms.

import type { LobbyState } from "../protocol/commands.ts";
import type { SessionEvent } from "../protocol/events.ts";
import type { Line } from "../rooms/seat.ts";
import type { DisconnectReason, GameState } from "./events.ts";
import type { PlatformName } from "./store/rows.ts";

/** The live socket, as the sessions see it: each event is encoded once, however many hear it. */
export interface Fanout {
  /** Everyone that has authenticated. */
  toAll(event: SessionEvent): void;
  /** The subscribers of one session. */
  toSubscribers(sessionId: number, event: SessionEvent): void;
  /** From now on the line hears what all are told; `dismiss`: no longer. */
  admit(line: Line): void;
  dismiss(line: Line): void;
  /** From now on the line hears this session; `unsubscribe`: no longer, whether the line is open or closed. @param codes whether with them */
  subscribe(line: Line, sessionId: number, codes: boolean): void;
  unsubscribe(line: Line, sessionId: number, codes: boolean): void;
  /** Bytes that the line's client has not read yet. */
  unreadBytes(line: Line): number;
}

/** Whose rooms are not ours, and can be watched [E1]. */
export type OtherPlatform = Exclude<PlatformName, "partyline">;

/** A room of another platform: it has no seats, and nothing is ever said in it. */
export interface Abroad {
  readonly platform: OtherPlatform;
  /** As the platform writes it. */
  readonly code: string;
}

/** What is seen of a room of another platform: plain data that never changes. A field is null where the room says nothing of it. */
export interface View {
  /** Who holds a place, by the platform's own numbers, lowest first. */
  readonly players: readonly { readonly id: number; readonly name: string }[];
  readonly minPlayers: number | null;
  readonly maxPlayers: number | null;
  readonly appTag: string | null;
  readonly gameState: GameState;
  readonly lobbyState: LobbyState | null;
  readonly gameCanStart: boolean | null;
  readonly gameIsStarting: boolean | null;
}

/** Hears of a room that is watched: never within a call of `watch`, in order, and nothing after `over`. */
export interface Heard {
  /** Whether anybody still waits for players: how often the room is looked at depends on it. */
  readonly isLobbyOpen: boolean;
  /** The way to the room stands, for the first time or again; this is how the room is now. */
  attached(view: View): void;
  changed(view: View): void;
  /** The way is lost, and looked for. */
  lost(): void;
  over(reason: DisconnectReason): void;
}

export interface Watch {
  /** Nobody hears anything from now on. */
  stop(): void;
}

/** Watches rooms of another platform. */
export interface Platform {
  /** The code as the platform writes it; null: that is none. */
  read(typed: string): string | null;
  /** Whether one more room may be watched, or this one is watched already. @param instead a room of which one watch ends for it */
  hasPlaceFor(code: string, instead: string | null): boolean;
  /** Begins to watch; whoever watches a room of the same code shares its way. */
  watch(code: string, heard: Heard): Watch;
}

/** The platforms that this server watches; one that is not among them is off. */
export type Platforms = Readonly<Partial<Record<OtherPlatform, Platform>>>;
