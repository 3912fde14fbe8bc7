// Bugs of the process, made on purpose: preloaded into a child that serves (see child.ts), since in the test's own process the test
// runner would catch them.
import { SnapshotSchedule } from "../../src/snapshot/schedule.ts";

/** What a child needs in its environment to be preloaded with this. */
export const WITH_BUGS = { BUN_OPTIONS: `--preload=${import.meta.path}` };
/** Makes the end of a drain throw. */
export const DRAIN_FAILS = { BUG: "drain" };

if (process.env.BUN_OPTIONS === WITH_BUGS.BUN_OPTIONS) {
  process.on("SIGUSR1", () => {
    setTimeout(() => {
      throw new Error("thrown by a timer of nobody");
    });
  });
  process.on("SIGUSR2", () => {
    void Promise.reject(new Error("rejected, and caught by nobody"));
  });
  if (process.env.BUG === DRAIN_FAILS.BUG) {
    SnapshotSchedule.prototype.finish = () => Promise.reject(new Error("the disk is on fire"));
  }
}
