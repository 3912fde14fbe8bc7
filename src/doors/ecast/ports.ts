// What the watch of one room is given, and whom it tells: types alone.
import type { Clock } from "../../clock.ts";
import type { DisconnectReason } from "../../sessions/events.ts";
import type { View } from "../../sessions/ports.ts";
import type { Ask } from "./directory.ts";
import type { Welcome } from "./frames.ts";
import type { Dial } from "./line.ts";

export type WatchState = "probing" | "connecting" | "watching" | "lost" | "over";

/** Hears of the room, within the turn in which it is known. */
export interface WatchHeard {
  /** Whether somebody waits for players there. */
  isLobbyOpen(): boolean;
  attached(view: View): void;
  changed(view: View): void;
  lost(): void;
  over(reason: DisconnectReason): void;
}

export interface WatchDeps {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly ask: Ask;
  /** 0 to 1. */
  readonly random: () => number;
  /** The host as it is dialled; null: it is none that is allowed [E4]. */
  readonly allow: (host: string) => string | null;
  /** Where a watcher is let in. @param pass what takes the place of the last welcome again */
  readonly urlOf: (host: string, code: string, user: string, pass: Welcome["pass"]) => string;
  readonly newUser: () => string;
  readonly counts: { attempts: number; framesDropped: number };
  readonly log: { info(fields: object, text: string): void; warn(text: string): void };
}
