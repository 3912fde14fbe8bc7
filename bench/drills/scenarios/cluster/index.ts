// The chaos table of a cluster, a scenario for each row; `--only cluster` plays all of them.

import type { Scenario } from "../../scene.ts";
import { adoption } from "./adoption.ts";
import { guesses, wishes } from "./codes.ts";
import { cost } from "./cost.ts";
import { engineAway, engineKilled } from "./engine.ts";
import { deafReader, gatewayStopped } from "./gateway.ts";
import { bothKilled, ownerCut, ownerKilled, ownerMute, ownerStopped } from "./owner.ts";
import { rolling } from "./rolling.ts";
import { storm } from "./storm.ts";

const scenarios: readonly Scenario[] = [
  ...[engineKilled, engineAway],
  ...[ownerKilled, ownerStopped, ownerCut, ownerMute, bothKilled],
  ...[gatewayStopped, deafReader],
  ...[wishes, guesses],
  ...[rolling, adoption, cost, storm],
];

/** Played only where they are asked for: together they take a quarter of an hour. */
export const cluster: readonly Scenario[] = scenarios.map((scenario) => ({ ...scenario, isExtra: true }));
