// What a frame of the other wire says, as far as a watcher needs it: text in, one plain value out. Pure, and made for a server that nobody here has
// written: a field of another type counts as missing, and what is not understood is null.
import { NOT_IN_TEXT, UNSEEN } from "../../protocol/text.ts";

/** Characters of a name that are kept, and players of one room: what is more no bot could show. */
const NAME_CHARS_MAX = 64;
const NAME_CUT = 4 * NAME_CHARS_MAX;
const SECRET_CHARS_MAX = 256;
export const PLAYERS_MAX = 256;

/** The entities that a game's state may stand in, the likeliest first, and the one whose change says that somebody may have come. */
export const STATE_KEYS = ["room", "bc:room", "roomBlob"] as const;
type StateKey = (typeof STATE_KEYS)[number];
const NEWS_KEY = "textDescriptions";

export interface Player {
  readonly id: number;
  readonly name: string;
}

/** A value of JSON that has fields. */
export type Fields = Readonly<Record<string, unknown>>;

export type Said =
  | { readonly kind: "welcome"; readonly welcome: Welcome }
  | { readonly kind: "state"; readonly key: StateKey; readonly value: Fields }
  /** Something in the room is otherwise, in the players' language: it is not read. */
  | { readonly kind: "news" }
  | { readonly kind: "came"; readonly player: Player }
  | { readonly kind: "left"; readonly id: number }
  | { readonly kind: "locked" }
  | { readonly kind: "exit" }
  | { readonly kind: "error"; readonly code: number | null };

export interface Welcome {
  /** What takes the same place again; null where it was not told. */
  readonly pass: { readonly id: number; readonly secret: string } | null;
  /** Who holds a place, lowest id first; null where the room does not say. */
  readonly players: readonly Player[] | null;
  /** What it keeps, all of it; null where it does not say. */
  readonly states: readonly (readonly [StateKey, Fields])[] | null;
}

/** What a frame says; null: nothing that concerns a watcher, or nothing at all. Never throws. */
export function read(text: string): Said | null {
  const frame = parsed(text);
  if (frame === null) return null;
  const result = fieldsOf(frame.result);
  switch (frame.opcode) {
    case "client/welcome":
      return result && { kind: "welcome", welcome: welcomeOf(result) };
    case "object":
    case "text":
      return result && entitySaid(frame.opcode, result);
    case "client/connected":
      return result && cameOf(result);
    case "client/kicked": {
      const id = wholeNumber(result?.id);
      return id === null ? null : { kind: "left", id };
    }
    case "room/lock":
      return { kind: "locked" };
    case "room/exit":
      return { kind: "exit" };
    case "error":
      return { kind: "error", code: wholeNumber(result?.code) };
    default:
      return null;
  }
}

/** A JSON object, or null. */
export function parsed(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}

export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

export function wholeNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function welcomeOf({ id, secret, here, entities }: Fields): Welcome {
  const number = wholeNumber(id);
  const pass = number !== null && typeof secret === "string" && secret !== "" ? { id: number, secret } : null;
  const people = fieldsOf(here);
  const kept = fieldsOf(entities);
  const states = STATE_KEYS.flatMap((key) => {
    const value = kept === null ? null : keptState(kept[key]);
    return value === null ? [] : [[key, value] as const];
  });
  const isPass = pass !== null && pass.secret.length <= SECRET_CHARS_MAX;
  return { pass: isPass ? pass : null, players: people && playersOf(people), states: kept && states };
}

/** `["object", {"key", "val", …}, {"locked"}]` */
function keptState(entity: unknown): Fields | null {
  if (!Array.isArray(entity)) return null;
  const [type, body] = entity;
  return stateOf(type, fieldsOf(body)?.val);
}

/** What an entity of that type holds; a text is JSON once more. */
function stateOf(type: unknown, value: unknown): Fields | null {
  if (type === "object") return fieldsOf(value);
  return type === "text" && typeof value === "string" ? parsed(value) : null;
}

function entitySaid(type: string, { key, val }: Fields): Said | null {
  if (key === NEWS_KEY) return { kind: "news" };
  const known = STATE_KEYS.find((one) => one === key);
  if (known === undefined) return null;
  const value = stateOf(type, val);
  return value && { kind: "state", key: known, value };
}

function playersOf(people: Fields): Player[] {
  const players: Player[] = [];
  for (const entry of Object.values(people)) {
    const person = fieldsOf(entry);
    const roles = fieldsOf(person?.roles);
    const player = fieldsOf(roles?.player);
    const id = wholeNumber(person?.id);
    if (person === null || roles === null || player === null || id === null) continue;
    if (isOut(person) || isOut(roles) || isOut(player)) continue;
    players.push({ id, name: nameOf(player.name, id) });
  }
  players.sort((one, other) => one.id - other.id);
  return players.filter(({ id }, at) => id !== players[at - 1]?.id).slice(0, PLAYERS_MAX);
}

/** Whether somebody was put out, wherever that is said. */
function isOut({ kicked, banned }: Fields): boolean {
  return [kicked, banned].some((word) => word === true || fieldsOf(word) !== null);
}

function cameOf({ id: said, name, role, profile }: Fields): Said | null {
  const player = fieldsOf(fieldsOf(fieldsOf(profile)?.roles)?.player);
  const id = wholeNumber(said);
  const isPlayer = typeof role === "string" ? role === "player" : player !== null;
  if (id === null || !isPlayer) return null;
  return { kind: "came", player: { id, name: nameOf(typeof name === "string" ? name : player?.name, id) } };
}

const HIDDEN = new RegExp(`[${NOT_IN_TEXT}]`, "gu");
const SEEN = new RegExp(`[^${UNSEEN}]`, "u");

/** What a bot may show of a name: on one line, not too long, and somebody's. */
function nameOf(said: unknown, id: number): string {
  if (typeof said !== "string") return `Player ${id}`;
  // Cut before it is looked at, since it may be as long as a frame, and copied, since a slice keeps all of what it was cut from.
  const text = said.length > NAME_CUT ? Buffer.from(said.slice(0, NAME_CUT)).toString() : said;
  const name = text.replace(HIDDEN, "").slice(0, NAME_CHARS_MAX).replace(HIDDEN, "").trim();
  return SEEN.test(name) ? name : `Player ${id}`;
}
