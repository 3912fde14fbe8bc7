// One JSON object a line. What happens to the server and to its lines is logged, a message never is, nor a payload or a secret. What a
// client sent is only ever a value, so pino escapes it.
import { type Logger, pino } from "pino";

export type Log = Logger;

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** A logger to stdout, or to the stream given. Synchronous, because the last line before a crash is the one that matters. */
export function openLog(level: LogLevel, out: pino.DestinationStream = pino.destination({ sync: true })): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, out);
}
