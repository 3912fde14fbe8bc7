// The chaos table of a cluster, a scenario for each row [N2]–[N10]; `--only cluster` plays all of them.

import type { Scenario } from "../../scene.ts";
import { engineAway, engineKilled } from "./engine.ts";
import { bothKilled, ownerCut, ownerKilled, ownerMute, ownerStopped } from "./owner.ts";

export const cluster: readonly Scenario[] = [
  ...[engineKilled, engineAway, ownerKilled, ownerStopped, ownerCut, ownerMute, bothKilled],
];
