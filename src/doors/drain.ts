// Closes all lines when the server goes, a slice at a time, each with a time to come back: neither this server nor the next one meets all
// of them in the same millisecond.

import type { Clock } from "../clock.ts";
import { BEAT_MS, type Liveness } from "./liveness.ts";

/** Closes every line with 4200 over so many seconds; resolves when none is left. */
export function drain(liveness: Liveness, seconds: number, clock: Clock): Promise<void> {
  const beats = Math.max(1, Math.floor((seconds * 1000) / BEAT_MS));
  return new Promise((resolve) => {
    function closeSlice(beatsLeft: number): void {
      const lines = [...liveness.lines()];
      if (lines.length === 0) {
        resolve();
        return;
      }
      for (const line of lines.slice(0, Math.ceil(lines.length / beatsLeft))) line.close("goingAway");
      clock.after(BEAT_MS, () => closeSlice(Math.max(1, beatsLeft - 1)));
    }
    closeSlice(beats);
  });
}
