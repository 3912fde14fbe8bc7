// One JSON object a line, or a line to be read where a person looks on [L44]. What happens to the server and to its lines is logged, a message
// never is, nor a payload or a secret. What a client sent is only ever a value, so pino escapes it.
import { type Logger, pino } from "pino";

export type Log = Logger;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** `auto`: text on a terminal, JSON elsewhere [L44]. */
export const LOG_FORMATS = ["auto", "json", "text"] as const;

/** Characters of lines that wait for stdout to take them again; what comes past these is dropped. */
const WAITING_CHARS_MAX = 1_000_000;

/** A logger to stdout, or to the stream given. */
export function openLog(level: LogLevel, out = standardOut()): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, out);
}

/**
 * A stream that writes the lines of a logger to stdout as a person reads them, coloured on a terminal. What makes it is loaded only here,
 * because most servers run where nobody looks on and would pay 30 ms of each start for it.
 */
export async function readableOut(): Promise<pino.DestinationStream> {
  const { prettyFactory } = await import("pino-pretty");
  // Fifty limits at each start are for machines.
  const readable = prettyFactory({ singleLine: true, translateTime: "SYS:HH:MM:ss", ignore: "limits" });
  const out = standardOut();
  return { write: (line) => void out.write(readable(line)) };
}

/** Writes to stdout at once, because the last line before a crash is the one that matters. */
function standardOut(): pino.DestinationStream {
  const out = pino.destination({ sync: true, maxLength: WAITING_CHARS_MAX });
  // A full disk, or a terminal that was closed: without a listener the error would be thrown where something is logged, and end every game.
  out.on("error", () => {});
  return out;
}
