// Another platform as the sessions see it, played by the test: what is seen of its rooms the test says.
import type { Heard, Platform, View } from "../../src/sessions/ports.ts";

export interface ScriptedWatch {
  readonly code: string;
  readonly heard: Heard;
  isStopped: boolean;
}

/** A room in which these are, lobby open, and nothing else said; `more` says otherwise. */
export function viewOf(names: readonly string[], more: Partial<View> = {}): View {
  return {
    players: names.map((name, at) => ({ id: at + 2, name })),
    ...{ minPlayers: 3, maxPlayers: 8, appTag: "quiplash3" },
    ...{ gameState: "Lobby", lobbyState: null, gameCanStart: null, gameIsStarting: null },
    ...more,
  };
}

export class ScriptedPlatform implements Platform {
  readonly watches: ScriptedWatch[] = [];
  placesMax = Number.POSITIVE_INFINITY;

  read(typed: string): string | null {
    return /^[a-z]{4,5}$/i.test(typed) ? typed.toUpperCase() : null;
  }

  hasPlaceFor(code: string, instead: string | null): boolean {
    const codes = new Set(this.watches.filter(({ isStopped }) => !isStopped).map((watch) => watch.code));
    return codes.has(code) || codes.size - (instead !== null && codes.has(instead) ? 1 : 0) < this.placesMax;
  }

  watch(code: string, heard: Heard) {
    const watch: ScriptedWatch = { code, heard, isStopped: false };
    this.watches.push(watch);
    return {
      stop: () => {
        watch.isStopped = true;
      },
    };
  }

  /** The watch that was begun last. */
  get last(): ScriptedWatch {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new Error("nothing is watched");
    return watch;
  }
}
