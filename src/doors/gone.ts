// What becomes of the member of a line that has closed, wherever its socket was open.
import type { Relay } from "../relay.ts";
import type { Intake } from "./intake.ts";
import type { Gone, SocketLine } from "./line.ts";
import type { Recorder } from "./recorder.ts";

interface ClosedDeps {
  readonly intake: Pick<Intake, "flush">;
  readonly relay: Pick<Relay, "gone">;
  readonly recorder: Pick<Recorder, "closed">;
}

/** Why it is gone. @param whenSentAway what a line that the server itself has sent away leaves behind */
export function goneAs({ closedAs }: SocketLine, whenSentAway: Gone): Gone {
  if (closedAs === "goingAway") return whenSentAway;
  return closedAs === "noSignOfLife" ? "timeout" : "lost";
}

/** Carries out the last words of a line that has closed with that code, and has its room, or its owner, know that it is gone. */
export function closed({ intake, relay, recorder }: ClosedDeps, line: SocketLine, code: number, how: Gone): void {
  line.isOpen = false;
  recorder.closed(line, code);
  try {
    intake.flush(line);
  } finally {
    // Also when the last words throw, or the room would keep a seat whose line is gone.
    relay.gone(line, how);
    line.far?.shut(how, code);
  }
}
