// A clock that stands still until a test moves it, so that no test waits and none depends on how fast the machine is.
import { StandingClock } from "../../clients/js/local/clock.ts";

/** It begins at the same time in every run, and calls nothing before it is moved: what is for soon is called then, too. */
export class ManualClock extends StandingClock {
  constructor() {
    super(1_800_000_000_000);
  }

  override soon(call: () => void): void {
    this.after(0, call);
  }
}
