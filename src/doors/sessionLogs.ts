// What is logged of how the sessions are kept: once when it begins, and once when it is over.
import type { Log } from "../log.ts";

export function sessionLogs(log: Log) {
  return {
    /** @param error null: it is over */
    onFailure(error: unknown): void {
      if (error === null) log.info("sessions are kept again");
      else log.error({ err: error }, "sessions are not kept");
    },
    onCrowded(isCrowded: boolean): void {
      if (isCrowded)
        log.warn("hosts' sessions are refused: their file is three quarters full, the rest is the operator's");
      else log.info("hosts' sessions are taken again");
    },
    onForgotten(forgotten: number): void {
      log.info({ forgotten }, "old sessions of hosts forgotten: their file is nearly full");
    },
  };
}
