// The environment, read once into one frozen, typed Config. The only reader of process.env; every problem is told at once,
// in one line, before a port is opened.
import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { KEY_CHARS_MIN, SECRET_CHARS_MIN } from "./auth/keys.ts";
import type { Trust } from "./limits/address.ts";
import { BOUNDS, conflicts, DEFAULT_LIMITS, type LimitName, type Limits } from "./limits/table.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import { CODE_LENGTH_MAX, CODE_LENGTH_MIN, codeSpace } from "./rooms/codes.ts";

const DIALECTS = ["party", "party2"] as const;

/** What they must have of different characters: a word said again and again has fewer. */
const KEY_DISTINCT_MIN = 6;
const SECRET_DISTINCT_MIN = 8;
/** A piece this short, said again and again, is no longer than itself. */
const REPEATED_CHARS_MAX = 12;
/** What everyone tries first. */
const WELL_KNOWN =
  /admin|password|passwort|secret|changeme|change-me|partyline|letmein|welcome|qwerty(uiop)?|asdfghjkl|zxcvbnm|example|default|test|root|key/g;

interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** As one would write it in the environment; "" where there is none. */
  readonly fallback: string;
  readonly meaning: string;
}

/** Every setting that is not a bound. A schema's error says what the setting takes. */
const SETTINGS = {
  PORT: setting(wholeNumber(0, 65_535), "3000", "port to serve on; 0 takes any free one"),
  HOST: setting(z.string(), "0.0.0.0", "address to serve on"),
  ALLOWED_ORIGINS: setting(origins(), "*", "pages that may connect: * or a list of origins, by commas"),
  REQUIRE_ORIGIN: setting(onOff(), "off", "on: refuse clients that send no Origin (native games send none)"),
  TRUSTED_PROXIES: setting(trust(), "", "who may set X-Forwarded-For: a number of hops, or networks (CIDR) by commas"),
  SESSIONSERVER_PORT: setting(wholeNumber(0, 65_535), "0", "a port whose every path speaks `sessionserver`; 0: none"),
  ROOM_CODE_LENGTH: setting(wholeNumber(CODE_LENGTH_MIN, CODE_LENGTH_MAX), "4", "characters of a room code"),
  RELAY_DIALECT: setting(
    z.enum(DIALECTS, { error: `must be one of ${DIALECTS.join(", ")}` }),
    "party",
    "the dialect of `/`: party, or party2 for clients written for Party-Sockets 2.x (it is on `/v2` in any case)",
  ),
  INSTANCE: setting(word(), "", "name of this server in `party2`; one is made at the start if it has none"),
  REGION: setting(word(), "local", "where this server stands, as told in `party2`"),
  DRAIN_SECONDS: setting(wholeNumber(0, 600), "10", "seconds over which lines are closed when the server stops"),
  DATA_DIR: setting(z.string(), "./data", "folder for what is kept: sessions, rooms and keys"),
  ADMIN_KEY: setting(
    secret(KEY_CHARS_MIN, KEY_DISTINCT_MIN),
    "",
    `opens the API, ${KEY_CHARS_MIN} characters or more; without it one is made at each start and printed`,
  ),
  JWT_SECRET: setting(
    secret(SECRET_CHARS_MIN, SECRET_DISTINCT_MIN),
    "",
    `signs tokens, ${SECRET_CHARS_MIN} characters or more; without it one is made and kept in DATA_DIR`,
  ),
  ROOM_SNAPSHOT: setting(
    onOff(),
    "on",
    "off: rooms end with the server; else they are kept in DATA_DIR over a restart",
  ),
  LIMITS: setting(onOff(), "on", "off: lift the limits a second, a minute and an address (bench, load test, LAN)"),
  LOG_LEVEL: setting(
    z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(", ")}` }),
    "info",
    "least level logged",
  ),
} as const;

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly allowedOrigins: ReadonlySet<string> | "*";
  readonly requireOrigin: boolean;
  readonly trust: Trust;
  /** 0: none. */
  readonly sessionserverPort: number;
  readonly roomCodeLength: number;
  readonly relayDialect: (typeof DIALECTS)[number];
  /** "": one is made at the start. */
  readonly instance: string;
  readonly region: string;
  readonly drainSeconds: number;
  readonly dataDir: string;
  /** Whether somebody chose that folder. */
  readonly isDataDirSet: boolean;
  /** "": one is made at each start. */
  readonly adminKey: string;
  /** "": one is made and kept. */
  readonly jwtSecret: string;
  /** Whether rooms are kept over a restart. */
  readonly roomSnapshot: boolean;
  /** Whether the limits a second, a minute and an address are lifted. */
  readonly areLimitsOff: boolean;
  readonly logLevel: LogLevel;
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
  function read<T>(name: string, { schema, fallback }: Setting<T>): T | undefined {
    const result = schema.safeParse(env[name] || fallback);
    if (!result.success) problems.push(`${name} ${result.error.issues[0]?.message ?? "cannot be read"}`);
    return result.data;
  }

  const read_ = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, row]) => [name, read(name, row as Setting<unknown>)]),
  );
  const values = read_ as { readonly [N in keyof typeof SETTINGS]: z.infer<(typeof SETTINGS)[N]["schema"]> };
  const limits: Record<LimitName, number> = { ...DEFAULT_LIMITS };
  for (const [name, row] of boundRows()) {
    const value =
      row.env === null ? row.value : read(row.env, setting(wholeNumber(row.min, row.max), String(row.value), ""));
    limits[name] = row.rate && values.LIMITS === false ? Number.POSITIVE_INFINITY : (value ?? row.value);
  }
  if (problems.length === 0) problems.push(...conflicts(limits, codeSpace(values.ROOM_CODE_LENGTH)));
  if (problems.length > 0) throw new ConfigError(problems.join("; "));

  return Object.freeze({
    port: values.PORT,
    host: values.HOST,
    allowedOrigins: values.ALLOWED_ORIGINS,
    requireOrigin: values.REQUIRE_ORIGIN,
    trust: values.TRUSTED_PROXIES,
    sessionserverPort: values.SESSIONSERVER_PORT,
    roomCodeLength: values.ROOM_CODE_LENGTH,
    relayDialect: values.RELAY_DIALECT,
    instance: values.INSTANCE,
    region: values.REGION,
    drainSeconds: values.DRAIN_SECONDS,
    dataDir: values.DATA_DIR,
    isDataDirSet: Boolean(env.DATA_DIR),
    adminKey: values.ADMIN_KEY,
    jwtSecret: values.JWT_SECRET,
    roomSnapshot: values.ROOM_SNAPSHOT,
    areLimitsOff: !values.LIMITS,
    logLevel: values.LOG_LEVEL,
    limits: Object.freeze(limits),
  });
}

export interface SettingRow {
  readonly name: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** Every setting with its default and meaning, for --help and the README. */
export function settingRows(): { readonly settings: SettingRow[]; readonly bounds: SettingRow[] } {
  const settings = Object.entries(SETTINGS).map(([name, { fallback, meaning }]) => ({ name, fallback, meaning }));
  const bounds = boundRows().flatMap(([, { env, value, meaning }]) =>
    env === null ? [] : [{ name: env, fallback: String(value), meaning }],
  );
  return { settings, bounds };
}

function boundRows() {
  return Object.entries(BOUNDS) as [LimitName, (typeof BOUNDS)[LimitName] & { rate?: true }][];
}

function setting<T>(schema: z.ZodType<T>, fallback: string, meaning: string): Setting<T> {
  return { schema, fallback, meaning };
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

/** None, or one that nobody guesses. What was set is never repeated: an error goes to a terminal and a log. */
function secret(charsMin: number, distinctMin: number): z.ZodType<string> {
  return z.string().transform((text, context) => {
    if (text === "" || (text.length >= charsMin && !isWeak(text.toLowerCase(), distinctMin))) return text;
    context.addIssue(
      text.length < charsMin
        ? `must have ${charsMin} characters or more`
        : "is too easy to guess: take one at random, like `openssl rand -base64 32` makes",
    );
    return z.NEVER;
  });
}

/** Whether it is a run, one piece again and again, or nothing much beside digits and what everyone tries. */
function isWeak(text: string, distinctMin: number): boolean {
  const rest = text.replaceAll(WELL_KNOWN, "").replaceAll(/[^\p{L}\p{N}]/gu, "");
  const distinct = new Set(rest).size;
  const steps = [...rest].filter((char, at) => Math.abs(char.charCodeAt(0) - rest.charCodeAt(at - 1)) <= 1).length;
  const isRun = steps > rest.length / 2;
  // Shifted by the length of the piece, the text is its own beginning, also where its last piece is cut short.
  const isRepeated = Array.from({ length: REPEATED_CHARS_MAX }, (_, at) => text.slice(at + 1)).some((shifted) =>
    text.startsWith(shifted),
  );
  return distinct < distinctMin || isRun || isRepeated || /^\d+$/.test(rest);
}

function onOff(): z.ZodType<boolean> {
  return z.string().transform((text, context) => {
    if (text === "on" || text === "off") return text === "on";
    context.addIssue(`must be on or off, not ${quote(text)}`);
    return z.NEVER;
  });
}

function origins(): z.ZodType<ReadonlySet<string> | "*"> {
  return z.string().transform((text, context) => {
    if (text.trim() === "*") return "*";
    const list = items(text);
    const bad = list.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
    if (bad === undefined && list.length > 0) return new Set(list);
    context.addIssue(`must be * or origins like https://game.example by commas, not ${quote(bad ?? text)}`);
    return z.NEVER;
  });
}

function trust(): z.ZodType<Trust> {
  return z.string().transform((text, context): Trust => {
    if (text === "") return { by: "nobody" };
    if (/^\d{1,2}$/.test(text)) return text === "0" ? { by: "nobody" } : { by: "hops", hops: Number(text) };
    const networks = new BlockList();
    const bad = items(text).find((item) => !addNetwork(networks, item));
    if (bad === undefined) return { by: "networks", networks };
    context.addIssue(`must be a number of hops or networks like 10.0.0.0/8 by commas, not ${quote(bad)}`);
    return z.NEVER;
  });
}

function addNetwork(networks: BlockList, item: string): boolean {
  const [address = "", bits, ...rest] = item.split("/");
  const family = isIP(address);
  const widest = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? widest : Number(bits);
  if (family === 0 || rest.length > 0 || bits === "" || !Number.isInteger(prefix) || prefix < 0 || prefix > widest)
    return false;
  networks.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  return true;
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
