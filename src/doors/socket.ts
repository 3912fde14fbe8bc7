// Bun's WebSocket handlers, and the fault wall around them: a throw in here would end the process, with every room in it.
// Handlers are synchronous for the same reason (an async rejection gets past Bun's error handler).
import type { WebSocketHandler } from "bun";
import { FIXED, type Limits } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Relay } from "../relay.ts";
import type { Clock } from "../rooms/ports.ts";
import type { Intake } from "./intake.ts";
import type { Ledger } from "./ledger.ts";
import type { Socket, SocketLine } from "./line.ts";
import type { Liveness } from "./liveness.ts";

const INTERNAL_ERROR = 1011;

export interface SocketParts {
  readonly limits: Limits;
  readonly relay: Relay;
  readonly intake: Intake;
  readonly liveness: Liveness;
  readonly ledger: Ledger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

export function socketHandlers(parts: SocketParts): WebSocketHandler<SocketLine> {
  const { intake, liveness, limits, log, metrics } = parts;

  /** A bug: logged once, counted, and the line it happened on is closed; every other room plays on. */
  function fault(error: unknown, socket: Socket): void {
    metrics.counts.faults++;
    log.error({ err: error }, "fault in a socket handler");
    socket.close(INTERNAL_ERROR, "internal error");
  }

  return {
    maxPayloadLength: limits.frameBytesMax,
    // Past the soft limit the sweep closes a line with a code; this is the wall behind it, never a silent drop.
    backpressureLimit: FIXED.unsentBytesHardMax,
    closeOnBackpressureLimit: true,
    idleTimeout: FIXED.idleSeconds,
    sendPings: false,
    // Deflate compresses once per recipient: 2 to 6 times the CPU.
    perMessageDeflate: false,

    open(socket) {
      try {
        socket.data.socket = socket;
        liveness.add(socket.data);
      } catch (error) {
        fault(error, socket);
      }
    },
    message(socket, raw) {
      try {
        intake.take(socket.data, raw);
      } catch (error) {
        fault(error, socket);
      }
    },
    ping(socket) {
      socket.data.heardAt = liveness.now;
    },
    pong(socket) {
      socket.data.heardAt = liveness.now;
    },
    close(socket, code) {
      try {
        ended(parts, socket.data, code);
      } catch (error) {
        fault(error, socket);
      }
    },
    error(error, socket) {
      fault(error, socket);
    },
  };
}

function ended(parts: SocketParts, line: SocketLine, code: number): void {
  const { intake, liveness, ledger, relay, metrics, clock, log } = parts;
  line.isOpen = false;
  liveness.remove(line);
  try {
    intake.flush(line);
  } finally {
    // Whatever its last words did: a line that is gone leaves no ghost behind.
    relay.gone(line, line.closedAs === "noSignOfLife" ? "timeout" : "lost");
  }
  metrics.closed(code);
  // What it left unread stays in memory until it reads or the idle timer ends the socket; so does its place in the count of
  // its address, or one address could pile up such sockets without end.
  if (line.leavesUnread) clock.after(FIXED.idleSeconds * 1000, () => ledger.release(line.address));
  else ledger.release(line.address);
  log.debug({ code, as: line.closedAs, address: line.address }, "line closed");
}
