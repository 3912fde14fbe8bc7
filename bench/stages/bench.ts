// What every stage is given.

import type { Contestant } from "../contestants.ts";
import type { Machine } from "../machine.ts";
import type { Options } from "../options.ts";
import type { Results } from "../results.ts";

export interface Bench {
  options: Options;
  machine: Machine;
  contestants: Contestant[];
  results: Results;
  note(text: string): void;
}
