// The environment, read once into one frozen, typed Config. The only reader of process.env; every problem is told at once,
// in one line, before a port is opened.
import { BlockList } from "node:net";
import { z } from "zod";
import { isWeak, KEY_CHARS_MIN, SECRET_CHARS_MIN } from "./auth/keys.ts";
import { nearMisses } from "./config/nearMisses.ts";
import { type Origins, originsOf } from "./config/origins.ts";
import { unseenIn } from "./config/visible.ts";
import { addNetwork, type Trust } from "./limits/address.ts";
import { BOUNDS, type Bound, conflicts, type Limits } from "./limits/table.ts";
import { LOG_LEVELS } from "./log.ts";
import { CODE_LENGTH_MAX, CODE_LENGTH_MIN, codeSpace } from "./rooms/codes.ts";
import { ROOM_SESSIONS } from "./sessions/memberCommands.ts";

const DIALECTS = ["party", "party2"] as const;

/** Different characters that a key or a secret must have: a word that is repeated has fewer. */
const KEY_DISTINCT_MIN = 6;
const SECRET_DISTINCT_MIN = 8;

interface Setting<T> {
  /** The environment variable that sets it. */
  readonly env: string;
  /** Reads its text; its error says what the setting takes. */
  readonly schema: z.ZodType<T>;
  /** As one would write it in the environment; "" where there is none. */
  readonly fallback: string;
  /** One line for --help and the README. */
  readonly meaning: string;
}

/** Every setting that is not a bound, by its name in Config: type, start-up check, --help and README come from its row. */
const SETTINGS = {
  port: setting("PORT", wholeNumber(0, 65_535), "3000", "port to serve on; 0 takes any free one"),
  host: setting("HOST", z.string(), "::", "address to serve on; `::` is every one of this machine, IPv4 and IPv6"),
  allowedOrigins: setting(
    "ALLOWED_ORIGINS",
    origins(),
    "*",
    "pages that may connect: * or a list of origins, by commas; `https://*.game.example` is each name below it",
  ),
  requireOrigin: setting(
    "REQUIRE_ORIGIN",
    onOff(),
    "off",
    "on: refuse clients that send no Origin (native games send none)",
  ),
  trust: setting(
    "TRUSTED_PROXIES",
    trust(),
    "",
    "who may set X-Forwarded-For: a number of hops, or networks (CIDR) by commas",
  ),
  sessionserverPort: setting(
    "SESSIONSERVER_PORT",
    wholeNumber(0, 65_535),
    "0",
    "a port whose every path speaks `sessionserver`; 0: none",
  ),
  roomCodeLength: setting(
    "ROOM_CODE_LENGTH",
    wholeNumber(CODE_LENGTH_MIN, CODE_LENGTH_MAX),
    "4",
    "characters of a room code",
  ),
  party2CodeLength: setting(
    "PARTY2_CODE_LENGTH",
    wholeNumber(CODE_LENGTH_MIN, CODE_LENGTH_MAX),
    "6",
    "characters of a room code of `party2` (base58, case counts): its clients take codes of 6 for codes, and no others",
  ),
  relayDialect: setting(
    "RELAY_DIALECT",
    oneOf(DIALECTS),
    "party",
    "the dialect of `/`: party, or party2 for clients written for Party-Sockets 2.x (it is on `/v2` in any case)",
  ),
  instance: setting("INSTANCE", word(), "", "name of this server in `party2`; one is made at the start if it has none"),
  region: setting("REGION", word(), "local", "where this server stands, as told in `party2`"),
  drainSeconds: setting(
    "DRAIN_SECONDS",
    wholeNumber(0, 600),
    "10",
    "seconds over which lines are closed when the server stops",
  ),
  dataDir: setting("DATA_DIR", z.string(), "./data", "folder for what is kept: sessions, rooms and keys"),
  adminKey: setting(
    "ADMIN_KEY",
    secret(KEY_CHARS_MIN, KEY_DISTINCT_MIN),
    "",
    `opens the API, ${KEY_CHARS_MIN} characters or more; without it one is made at each start and printed`,
  ),
  jwtSecret: setting(
    "JWT_SECRET",
    secret(SECRET_CHARS_MIN, SECRET_DISTINCT_MIN),
    "",
    `signs tokens, ${SECRET_CHARS_MIN} characters or more; without it one is made and kept in DATA_DIR`,
  ),
  roomSnapshot: setting(
    "ROOM_SNAPSHOT",
    onOff(),
    "on",
    "off: rooms end with the server; else they are kept in DATA_DIR over a restart",
  ),
  roomSessions: setting(
    "ROOM_SESSIONS",
    oneOf(ROOM_SESSIONS),
    "open",
    "who may begin a session in a room: open: its host; token: a host that brings a token",
  ),
  areLimitsOff: setting(
    "LIMITS",
    onOff().transform((isOn) => !isOn),
    "on",
    "off: lift the limits a second, a minute and an address (bench, load test, LAN)",
  ),
  metrics: setting(
    "METRICS",
    metricsPlace(),
    "open",
    "who may read /metrics: open, token (the API's), or a port of its own, which has nothing else but /health and /ready",
  ),
  arePagesOn: setting("PAGES", onOff(), "on", "off: serve no pages and no client for them"),
  logLevel: setting("LOG_LEVEL", oneOf(LOG_LEVELS), "info", "least level logged"),
} as const;

/** Settings whose items are trimmed. */
const LISTS = new Set(["ALLOWED_ORIGINS", "TRUSTED_PROXIES"]);

type Settings = { readonly [Name in keyof typeof SETTINGS]: z.infer<(typeof SETTINGS)[Name]["schema"]> };

export interface Config extends Settings {
  /** Whether somebody chose the data folder. */
  readonly isDataDirSet: boolean;
  readonly limits: Limits;
}

/** Settings that cannot be taken: one line that names each. */
export class ConfigError extends Error {}

/**
 * Reads the settings from an environment (variables that are unset or empty take their defaults).
 * @throws {ConfigError} naming every setting that cannot be read, on one line.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const problems: string[] = [];
  function read<T>({ env: name, schema, fallback }: Setting<T>): T | undefined {
    const unseen = unseenIn(env[name] ?? "", LISTS.has(name));
    if (unseen !== null) {
      problems.push(`${name} ${unseen}`);
      return undefined;
    }
    const result = schema.safeParse(env[name] || fallback);
    if (!result.success) problems.push(`${name} ${result.error.issues[0]?.message ?? "cannot be read"}`);
    return result.data;
  }

  // Complete only where there is no problem: before that is known, nothing but `areLimitsOff` is read from it.
  const settings = mapValues<Setting<unknown>, unknown>(SETTINGS, read) as Settings;
  const limits = mapValues(BOUNDS, (bound: Bound) => {
    const value = read(boundSetting(bound)) ?? bound.value;
    return bound.isRate && settings.areLimitsOff ? Number.POSITIVE_INFINITY : value;
  });
  if (problems.length === 0) problems.push(...conflicts(limits, codeSpace(settings.roomCodeLength)));
  if (problems.length > 0) throw new ConfigError(problems.join("; "));
  return Object.freeze({ ...settings, isDataDirSet: Boolean(env.DATA_DIR), limits: Object.freeze(limits) });
}

/** One line for each variable that is set and nearly a setting. */
export function namesToCheck(env: Readonly<Record<string, string | undefined>> = process.env): string[] {
  const { settings, bounds } = settingRows();
  const ours = [...settings, ...bounds].map(({ name }) => name);
  const set = Object.keys(env).filter((name) => env[name] !== undefined && env[name] !== "");
  return nearMisses(set, ours).map(({ is, meant }) => `${quote(is)} is no setting: is ${meant} meant?`);
}

interface SettingRow {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Every setting with its default and meaning, for --help and the README. */
export function settingRows(): { readonly settings: SettingRow[]; readonly bounds: SettingRow[] } {
  const row = ({ env, fallback, meaning }: Setting<unknown>) => ({ name: env, fallback, meaning });
  const bounds = Object.values(BOUNDS).map(boundSetting);
  return { settings: Object.values(SETTINGS).map(row), bounds: bounds.map(row) };
}

function setting<T>(env: string, schema: z.ZodType<T>, fallback: string, meaning: string): Setting<T> {
  return { env, schema, fallback, meaning };
}

function boundSetting({ env, value, min, max, meaning }: Bound): Setting<number> {
  return setting(env, wholeNumber(min, max), String(value), meaning);
}

/** The same names with other values. */
function mapValues<From, To, Name extends string = string>(
  rows: Readonly<Record<Name, From>>,
  make: (row: From) => To,
): Record<Name, To> {
  return Object.fromEntries(Object.entries<From>(rows).map(([name, row]) => [name, make(row)])) as Record<Name, To>;
}

function oneOf<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(", ")}` });
}

function wholeNumber(min: number, max: number): z.ZodType<number> {
  return z.string().transform((text, context) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    context.addIssue(`must be a whole number from ${min} to ${max}, not ${quote(text)}`);
    return z.NEVER;
  });
}

/** A name that may stand in a URL as it is. */
function word(): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (/^[A-Za-z0-9._-]{0,64}$/.test(text)) return text;
    context.addIssue(`must be at most 64 of A-Z, a-z, 0-9, dot, dash and underscore, not ${quote(text)}`);
    return z.NEVER;
  });
}

/** None, or one that nobody guesses. The error never repeats it, since errors go to a terminal and a log. */
function secret(charsMin: number, distinctMin: number): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (text === "" || (text.length >= charsMin && !isWeak(text, distinctMin))) return text;
    context.addIssue(
      text.length < charsMin
        ? `must have ${charsMin} characters or more`
        : "is too easy to guess: take one at random, like `openssl rand -base64 32` makes",
    );
    return z.NEVER;
  });
}

/** Open to all, for a token, or on that port. */
function metricsPlace(): z.ZodType<"open" | "token" | number> {
  return z.string().transform((text, context) => {
    if (text === "open" || text === "token") return text;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port > 0 && port <= 65_535) return port;
    context.addIssue(`must be open, token or a port from 1 to 65535, not ${quote(text)}`);
    return z.NEVER;
  });
}

function onOff(): z.ZodType<boolean> {
  return z.string().transform((text, context) => {
    if (text === "on" || text === "off") return text === "on";
    context.addIssue(`must be on or off, not ${quote(text)}`);
    return z.NEVER;
  });
}

function origins(): z.ZodType<Origins | "*"> {
  return z.string().transform((text, context) => {
    if (text.trim() === "*") return "*";
    const list = items(text);
    const read = originsOf(list);
    if (typeof read !== "string" && list.length > 0) return read;
    const bad = typeof read === "string" ? read : text;
    context.addIssue(
      `must be * or origins like https://game.example or https://*.game.example by commas, not ${quote(bad)}`,
    );
    return z.NEVER;
  });
}

function trust(): z.ZodType<Trust> {
  return z.string().transform((set, context): Trust => {
    const text = set.trim();
    if (text === "") return { by: "nobody" };
    if (/^\d{1,2}$/.test(text)) return text === "0" ? { by: "nobody" } : { by: "hops", hops: Number(text) };
    const networks = new BlockList();
    const bad = items(text).find((item) => !addNetwork(networks, item));
    if (bad === undefined) return { by: "networks", networks };
    context.addIssue(`must be a number of hops or networks like 10.0.0.0/8 by commas, not ${quote(bad)}`);
    return z.NEVER;
  });
}

function items(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** What was set, on one line and not too long: it goes to a terminal and a log. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
