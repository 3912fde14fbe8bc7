// The two secrets of a server: what its tokens are signed with, and what opens its API. Kept or made at the start; never logged.
import { createHash, timingSafeEqual } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";

/** Characters that an admin key has at least [S30]. */
export const KEY_CHARS_MIN = 16;
/** Characters that what signs tokens has at least: 256 bits of letters, as HS256 uses [S30]. */
export const SECRET_CHARS_MIN = 32;

/** A secret that cannot be had: its message is one line for the operator. */
export class KeyError extends Error {}

/** Words that everyone tries first. */
const WELL_KNOWN =
  /admin|password|passwort|secret|changeme|change-me|partyline|letmein|welcome|qwerty(uiop)?|asdfghjkl|zxcvbnm|example|default|test|root|key/g;
/** A secret that repeats a piece of at most so many characters is as weak as the piece. */
const REPEATED_CHARS_MAX = 12;

const FILE = "jwt.secret";
/** 258 bits at random: more than HS256 can use. */
const MADE_CHARS = 43;

/**
 * What tokens are signed with: the setting, or what is kept in the data folder, made there when there is none yet [S30].
 * @throws {KeyError}
 */
export function signingSecret(setting: string, dataDir: string): Uint8Array {
  const secret = setting === "" ? keptSecret(dataDir) : setting;
  return new TextEncoder().encode(secret);
}

/** Makes the admin key of a server that was given none. */
export function newAdminKey(): string {
  return nanoid();
}

/**
 * Whether somebody would guess it: a run, one piece again and again, or little beside digits and what everyone tries.
 * @param distinctMin different characters that it must have beside what everyone tries
 */
export function isWeak(secret: string, distinctMin: number): boolean {
  const text = secret.toLowerCase();
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

/** Compares hashes, so that it takes the same time wherever the two differ and however long they are. */
export function isSameKey(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

/** Makes the data folder if it is not there yet. @throws {KeyError} */
export function ensureFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!statSync(dataDir).isDirectory()) throw new Error("it is no folder");
  } catch (error) {
    throw new KeyError(`DATA_DIR ${JSON.stringify(dataDir)} cannot be used as a folder: ${reason(error)}`);
  }
}

function keptSecret(dataDir: string): string {
  const path = join(dataDir, FILE);
  try {
    // `wx`: where two servers begin together, one makes it and the other reads it.
    writeFileSync(path, nanoid(MADE_CHARS), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw new KeyError(`${path} cannot be written: ${reason(error)}`);
  }
  return readSecret(path);
}

function readSecret(path: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, "utf8").trim();
    tighten(path);
  } catch (error) {
    throw new KeyError(`${path} cannot be read: ${reason(error)}`);
  }
  if (secret.length >= SECRET_CHARS_MIN) return secret;
  throw new KeyError(`${path} holds no secret of ${SECRET_CHARS_MIN} characters or more; remove it, and one is made`);
}

/** Closes the file to others, who may read it since somebody copied it by hand. One that is mounted read-only is its operator's to keep. */
function tighten(path: string): void {
  if ((statSync(path).mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    if (codeOf(error) !== "EROFS") throw error;
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reason(error: unknown): string {
  return codeOf(error) || (error instanceof Error ? error.message : String(error));
}
