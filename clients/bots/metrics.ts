// What the server says of itself before and after: counters that moved, and which setting stands behind each no.

/** Figures by their names with labels, as `/metrics` prints them. */
export type Scrape = ReadonlyMap<string, number>;

const PATIENCE_MS = 3_000;
const TEXT_MAX = 2 ** 20;

/** null: it does not answer, or not with that. */
export async function scrape(url: string): Promise<Scrape | null> {
  try {
    const at = new URL("/metrics", url.replace(/^ws/, "http"));
    const answer = await fetch(at, { redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
    const text = answer.ok ? (await answer.text()).slice(0, TEXT_MAX) : "";
    const rows = text.matchAll(/^(partyline_\w+(?:\{[^}]*\})?) (-?[\d.e+]+)$/gm);
    const found = new Map(Array.from(rows, ([, name = "", value]) => [name, Number(value)]));
    return found.size > 0 ? found : null;
  } catch {
    return null;
  }
}

const COUNTED = /^partyline_(?:\w+_total)(?:\{|$)/;
/** The bots' own two questions, and what every line costs. */
const LEFT_OUT = /^partyline_http_requests_total/;

/** Counters that grew, without what stands before each name; since its start, where the server was started anew meanwhile. */
export function grown(first: Scrape, after: Scrape): Record<string, number> {
  const hasRestarted = [...first].some(([name, value]) => COUNTED.test(name) && (after.get(name) ?? 0) < value);
  const before: Scrape = hasRestarted ? new Map() : first;
  const rows = [...after].flatMap(([name, value]) => {
    const by = value - (before.get(name) ?? 0);
    return by > 0 && COUNTED.test(name) && !LEFT_OUT.test(name) ? [[name.replace("partyline_", ""), by] as const] : [];
  });
  return Object.fromEntries(hasRestarted ? [["restarted", 1], ...rows] : rows);
}

/** The setting behind a bucket that ran dry, behind a refusal, behind a status or a close code. */
const SETTINGS: Readonly<Record<string, string>> = {
  connects: "CONNECTS_PER_SECOND",
  lines: "MAX_LINES_PER_ADDRESS",
  server: "MAX_LINES",
  messages: "MESSAGES_PER_SECOND, HOST_MESSAGES_PER_SECOND or BYTES_PER_SECOND",
  address_in: "ADDRESS_MESSAGES_PER_SECOND",
  room_out: "ROOM_OUT_BYTES_PER_SECOND or ADDRESS_OUT_BYTES_PER_SECOND",
  joins: "JOINS_PER_SECOND or ROOM_JOINS_PER_SECOND",
  writes: "SESSION_WRITES_PER_SECOND",
  unread: "MAX_UNSENT_BYTES, MAX_UNSENT_PER_ADDRESS_MIB or MAX_UNSENT_MIB",
  rooms: "MAX_ROOMS_PER_ADDRESS",
  kept: "MAX_KEPT_MIB or MAX_KEPT_PER_ADDRESS_MIB",
  guesses: "FAILED_JOINS_PER_MINUTE",
  guesses_network: "FAILED_JOINS_PER_MINUTE",
  guesses_server: "WRONG_CODES_PER_SECOND",
  roomless: "ROOMLESS_SECONDS",
  http: "HTTP_REQUESTS_PER_SECOND",
  too_many_rooms: "MAX_ROOMS_PER_ADDRESS",
  too_many_attempts: "FAILED_JOINS_PER_MINUTE",
  server_full: "MAX_ROOMS",
  max_clients_invalid: "MAX_CLIENTS",
  "429": "CONNECTS_PER_SECOND or MAX_LINES_PER_ADDRESS",
  "503": "MAX_LINES, or the server is being stopped",
  "403": "ALLOWED_ORIGINS or REQUIRE_ORIGIN",
  "1009": "MAX_FRAME_BYTES",
  "4101": "MESSAGES_PER_SECOND or BYTES_PER_SECOND",
  "4102": "MAX_UNSENT_BYTES, MAX_UNSENT_PER_ADDRESS_MIB or MAX_UNSENT_MIB",
  "4103": "HELLO_SECONDS or ROOMLESS_SECONDS",
  "4104": "DEAD_SECONDS",
};

/** undefined: no setting is behind it. */
export function settingOf(name: string): string | undefined {
  const [, bucket = name] = /\{bucket="(\w+)"\}/.exec(name) ?? [];
  return SETTINGS[bucket];
}
