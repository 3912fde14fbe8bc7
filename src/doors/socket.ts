// Bun's WebSocket handlers, and the fault wall around them: a throw in here would end the process, with every room in it.
// Handlers are synchronous for the same reason (an async rejection gets past Bun's error handler).
import type { WebSocketHandler } from "bun";
import type { Clock } from "../clock.ts";
import type { Connections } from "../limits/connections.ts";
import { type Limits, UNSENT_BYTES_HARD_MAX } from "../limits/table.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Relay } from "../relay.ts";
import type { Faults } from "./faults.ts";
import type { Gc } from "./gc.ts";
import { closed, goneAs } from "./gone.ts";
import type { Intake } from "./intake.ts";
import type { SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";
import type { Recorder } from "./recorder.ts";
import { seldom } from "./seldom.ts";

/** Bun's own idle timer, in seconds: it frees a socket whose peer never answers our close [L6]. */
const IDLE_SECONDS = 120;

interface SocketDeps {
  readonly limits: Limits;
  readonly relay: Relay;
  readonly intake: Intake;
  readonly liveness: Liveness;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly faults: Faults;
  readonly gc: Gc;
  readonly recorder: Recorder;
  /** Why a member is gone whose line the drain has closed. */
  readonly gone: "lost" | "held";
}

interface EndingDeps extends SocketDeps {
  /** Whether each end is logged: asked once, since nobody changes that while the server runs. */
  readonly isDebugged: boolean;
}

export function socketHandlers(deps: SocketDeps): WebSocketHandler<SocketLine> {
  const { faults, intake, liveness, limits, gc, metrics } = deps;
  const ending = { ...deps, isDebugged: deps.log.isLevelEnabled("debug") };
  const handlers: WebSocketHandler<SocketLine> = {
    maxPayloadLength: limits.frameBytesMax,
    // Past the soft limit the sweep closes a line with a code, once a second; past this one Bun closes it, and drops nothing in silence.
    backpressureLimit: UNSENT_BYTES_HARD_MAX,
    closeOnBackpressureLimit: true,
    idleTimeout: IDLE_SECONDS,
    sendPings: false,
    // Deflate compresses once per recipient: 2 to 6 times the CPU.
    perMessageDeflate: false,

    open(socket) {
      try {
        socket.data.socket = socket;
        liveness.add(socket.data);
        metrics.counts.linesOpened++;
        gc.count();
        intake.opened(socket.data);
      } catch (error) {
        faults.close(socket, "open", error);
      }
    },
    message(socket, raw) {
      // Not through guard, as the others that come often: its closure, one for each message, would be the only garbage of this path.
      try {
        intake.take(socket.data, raw);
      } catch (error) {
        faults.close(socket, "message", error);
      }
    },
    ping(socket, data) {
      faults.guard(socket, "ping", () => intake.takeControl(socket.data, data.byteLength));
    },
    pong(socket, data) {
      faults.guard(socket, "pong", () => {
        // A pong that was not asked for is a frame like any other, and no more a sign of life than that.
        if (socket.data.pingsOut > 0) liveness.ponged(socket.data);
        else intake.takeControl(socket.data, data.byteLength);
      });
    },
    close(socket, code) {
      try {
        ended(ending, socket.data, code);
      } catch (error) {
        faults.close(socket, "close", error);
      }
    },
    error(error, socket) {
      faults.close(socket, "a handler", error);
    },
  };
  seldom(ended, closed, goneAs);
  const { open, close } = handlers;
  if (open !== undefined && close !== undefined) seldom(open, close);
  return handlers;
}

/** The line has closed, whoever closed it. */
function ended(deps: EndingDeps, line: SocketLine, code: number): void {
  const { intake, liveness, connections, metrics, clock, gc } = deps;
  line.isOpen = false;
  gc.count();
  liveness.remove(line);
  const how = goneAs(line, deps.gone);
  // A node that is frozen tells no room of it, and reads no last words: its clock goes on when the node does [N8]. Of whoever is in no room
  // nothing is kept until then, or those who come and give up would pile up for as long as the engine is away.
  if (intake.isFrozen && (line.seat !== null || line.far !== null)) clock.soon(() => closed(deps, line, code, how));
  else {
    if (intake.isFrozen) intake.pacing.flush(line, false);
    closed(deps, line, code, how);
  }
  metrics.closed(code);
  // What the line left unread stays in memory until its client reads or the idle timer ends the socket. The line is counted for its
  // address as long, or one address could pile up such sockets without end.
  if (line.leavesUnread) clock.after(IDLE_SECONDS * 1000, () => connections.release(line.address));
  else connections.release(line.address);
  if (deps.isDebugged) deps.log.debug({ code, as: line.closedAs, address: line.address }, "line closed");
}
