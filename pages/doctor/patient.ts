// What is looked at, and what one look has found out for the next.
import type { Finding } from "./findings.ts";
import type { Line } from "./line.ts";

/** What GET /api/doctor gives [H25], as far as it is read here. */
export interface Seen {
  readonly at: number;
  readonly address: string;
  readonly proxy: "none" | "named" | "unnamed";
  readonly forwarded: readonly string[];
  readonly host: string;
  readonly scheme: "http" | "https";
  readonly draining: boolean;
  readonly limits: "on" | "off";
}

export interface Patient {
  doesHttpAnswer: boolean;
  line: Line | null;
  /** Whether a room could be opened on the line, and as whom. */
  me: string | null;
  /** Why none could be, in the server's words. */
  roomRefused: string;
  seen: Seen | null;
  /** How far the server's clock is ahead of ours, in ms, give or take `clockErrorMs`. */
  aheadMs: number;
  clockErrorMs: number;
  /** Ends when the run is stopped, or the page is left. */
  readonly stop: AbortSignal;
  /** Ends when nobody wants to wait for the long look any more. */
  readonly skip: AbortSignal;
  /** Shows how long a look has taken so far, in whole seconds. */
  readonly waits: (seconds: number) => void;
}

export interface Look {
  readonly title: string;
  /** @throws only on a bug */
  readonly run: (patient: Patient) => Promise<Finding> | Finding;
}
