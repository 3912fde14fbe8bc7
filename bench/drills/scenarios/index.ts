// Every scenario, in the order they are played.

import type { Scenario } from "../outcome.ts";
import { clock } from "./clock.ts";
import { diskfull } from "./diskfull.ts";
import { drain } from "./drain.ts";
import { fds } from "./fds.ts";
import { jitter } from "./jitter.ts";
import { kill } from "./kill.ts";
import { reconnects } from "./reconnects.ts";
import { sessions } from "./sessions.ts";
import { sleepers } from "./sleepers.ts";
import { soak } from "./soak.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...[drain, kill, jitter, sleepers, reconnects, diskfull, clock, fds, sessions, soak],
];
