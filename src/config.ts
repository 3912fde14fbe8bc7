// The environment, read once into one frozen, typed Config. The only reader of process.env; every problem is told at once,
// in one line, before a port is opened.
import { z } from "zod";
import { KEY_CHARS_MIN, SECRET_CHARS_MIN } from "./auth/keys.ts";
import { ECAST_SETTINGS } from "./config/ecast.ts";
import { folder, holds } from "./config/folders.ts";
import { nearMisses } from "./config/nearMisses.ts";
import {
  engineUrl,
  metricsPlace,
  oneOf,
  onOff,
  origins,
  publicOrigin,
  quote,
  reachable,
  secret,
  trust,
  wholeNumber,
  word,
} from "./config/readers.ts";
import { type Setting, setting } from "./config/setting.ts";
import { unseenIn } from "./config/visible.ts";
import { conflicts } from "./limits/agreements.ts";
import { BOUNDS, type Bound, type Limits } from "./limits/table.ts";
import { LOG_FORMATS, LOG_LEVELS } from "./log.ts";
import { CODE_LENGTH_MAX, CODE_LENGTH_MIN, codeSpace } from "./rooms/codes.ts";
import { ROOM_SESSIONS } from "./sessions/memberCommands.ts";

const DIALECTS = ["party", "party2"] as const;
const SESSIONS_AT = ["here", "elsewhere"] as const;

/** Different characters that a key or a secret must have: a word that is repeated has fewer. */
const KEY_DISTINCT_MIN = 6;
const SECRET_DISTINCT_MIN = 8;

/** Bytes of a frame that a link between two nodes carries beside others: its whole window is 8 MiB [N10]. */
const CARRIED_BYTES_MAX = 1024 * 1024;

/** Every setting that is not a bound, by its name in Config: type, start-up check, --help and the manual come from its row. */
const SETTINGS = {
  port: setting("PORT", wholeNumber(0, 65_535), "3000", "port to serve on; 0 takes any free one"),
  host: setting("HOST", z.string(), "::", "address to serve on; `::` is every one of this machine, IPv4 and IPv6"),
  allowedOrigins: setting(
    "ALLOWED_ORIGINS",
    origins(),
    "*",
    "pages that may connect: * or a list of origins, by commas; `https://*.game.example` is each name below it; PUBLIC_URL always may",
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
  instance: setting(
    "INSTANCE",
    word(),
    "",
    "name of this server: in `party2`, where one is made if it has none, and in a cluster, where it must be its own and stay the same",
  ),
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
    `opens the API, ${KEY_CHARS_MIN} characters or more, at random: runs, repeats and known words are refused; without it one is made at each start and printed`,
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
  recorderEvents: setting(
    "RECORDER_EVENTS",
    wholeNumber(0, 65_536),
    "4096",
    "rare events of the whole server that the monitor can look back on; 0: none",
  ),
  arePagesOn: setting("PAGES", onOff(), "on", "off: serve no pages and no client for them"),
  publicUrl: setting(
    "PUBLIC_URL",
    publicOrigin(),
    "",
    "the address that phones reach this server by, like https://party.example: for its QR codes and its start",
  ),
  publicDir: setting(
    "PUBLIC_DIR",
    folder(),
    "",
    "a folder of your own game, served too: its index.html is /, its phone.html is where a code leads",
  ),
  engineUrl: setting(
    "ENGINE_URL",
    engineUrl(),
    "",
    "the Redis that several nodes share, like redis://user:password@10.0.0.5:6379 or rediss:// for TLS; without it this is the only one",
  ),
  cluster: setting(
    "CLUSTER",
    word(),
    "partyline",
    "name of the cluster: nodes of one name at one ENGINE_URL act as one server",
  ),
  leaseSeconds: setting(
    "LEASE_SECONDS",
    wholeNumber(3, 60),
    "6",
    "seconds after which a node of a cluster that is not heard of counts as dead, and the others take its rooms up",
  ),
  sessions: setting(
    "SESSIONS",
    oneOf(SESSIONS_AT),
    "here",
    "of a cluster's nodes one keeps the sessions, in its DATA_DIR: here, and elsewhere on all others, which ask it",
  ),
  webhookHosts: setting(
    "WEBHOOK_HOSTS",
    reachable(),
    "",
    "hosts and networks, by commas, that webhooks reach though they are private, also by http",
  ),
  ...ECAST_SETTINGS,
  logLevel: setting("LOG_LEVEL", oneOf(LOG_LEVELS), "info", "least level logged"),
  logFormat: setting(
    "LOG_FORMAT",
    oneOf(LOG_FORMATS),
    "auto",
    "json, text, or auto: text on a terminal, with the addresses of this server before it, and else JSON",
  ),
} as const;

/** Settings whose items are trimmed. */
const LISTS = new Set(["ALLOWED_ORIGINS", "TRUSTED_PROXIES", "ECAST_HOSTS", "WEBHOOK_HOSTS"]);

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
  if (problems.length === 0 && settings.publicDir !== "" && holds(settings.publicDir, settings.dataDir)) {
    problems.push("PUBLIC_DIR must not hold DATA_DIR, whose keys and rooms anybody could then read");
  }
  if (problems.length === 0 && settings.engineUrl !== "") {
    problems.push(...missingIn(settings));
    if (limits.frameBytesMax > CARRIED_BYTES_MAX)
      problems.push("MAX_FRAME_BYTES must be at most 1048576 where ENGINE_URL is");
  }
  if (problems.length === 0 && settings.sessions === "elsewhere" && settings.engineUrl === "") {
    problems.push("SESSIONS is elsewhere, and without ENGINE_URL there is no other node");
  }
  if (problems.length > 0) throw new ConfigError(problems.join("; "));
  return Object.freeze({ ...settings, isDataDirSet: Boolean(env.DATA_DIR), limits: Object.freeze(limits) });
}

/** What a node of a cluster cannot do without [N12]: a name that stays its own, and what must be alike on all nodes. */
function missingIn({ instance, jwtSecret, adminKey }: Settings): string[] {
  const needed = { INSTANCE: instance, JWT_SECRET: jwtSecret, ADMIN_KEY: adminKey };
  return Object.entries(needed)
    .filter(([, value]) => value === "")
    .map(([name]) => `${name} must be set where ENGINE_URL is`);
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

/** Every setting with its default and meaning, for --help and the manual. */
export function settingRows(): { readonly settings: SettingRow[]; readonly bounds: SettingRow[] } {
  const row = ({ env, fallback, meaning }: Setting<unknown>) => ({ name: env, fallback, meaning });
  const bounds = Object.values(BOUNDS).map(boundSetting);
  return { settings: Object.values(SETTINGS).map(row), bounds: bounds.map(row) };
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
