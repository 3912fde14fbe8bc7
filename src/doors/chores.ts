// What a server does now and then for as long as it runs.
import type { Clock } from "../clock.ts";

/** From one pruning to the next: addresses that are quiet are forgotten, and old sessions where their file is nearly full. */
const PRUNE_MS = 60_000;
/** From one time that the log of the sessions is put on the disk to the next: what a power cut may take of it. */
const SYNC_MS = 500;

interface Chores {
  readonly clock: Clock;
  readonly store: { sync(): void };
  readonly sessions: { tidy(): void };
  /** Forgets addresses that are quiet. */
  readonly prune: () => void;
}

/** Begins with them. */
export function doChores({ clock, store, sessions, prune }: Chores): void {
  function every(ms: number, call: () => void): void {
    clock.after(ms, () => {
      every(ms, call);
      call();
    });
  }
  every(PRUNE_MS, () => {
    prune();
    sessions.tidy();
  });
  every(SYNC_MS, () => store.sync());
}
