// Every no that this wire can say. Its clients compare the texts letter by letter, and some leave the game on one they do not know:
// what the core says in other words becomes the nearest of these, or ends the line with a code [Q3][Q4].
import type { Asked } from "../../protocol/commands.ts";
import { type CloseName, type Refusal, type RefusalName, refuse } from "../../protocol/refusals.ts";
import { unknownPlaceholder } from "./url.ts";

/** The texts, all of them but the one that names an unknown placeholder. */
export const TEXTS = [
  "Invalid JSON",
  "Unknown message type",
  "clientId is required",
  "maxClients must be a positive number",
  "room is required",
  "Room not found",
  "Room is full",
  "Already in a room",
  "Not in a room",
  "Target peer not found",
  "Server draining",
  "Only the host can set state",
  "State data is required",
  "State too large",
  "Only the host can close the room",
  "url must be a string",
  "url too large",
  "url must not contain spaces or control characters",
  "url has an unmatched placeholder brace",
  "url is not a valid URL",
  "url must be an https URL",
] as const;

export type Text = (typeof TEXTS)[number];

const KNOWN: ReadonlySet<string> = new Set(TEXTS);

/**
 * What this wire says for the names of the core. Some cannot come up here (nobody is banned, no room is locked, no code is wished
 * for); they have the text on which a client does the right thing all the same. Refusals of sessions are missing: it cannot ask for any.
 */
const NEAREST: Readonly<Partial<Record<RefusalName, Text>>> = {
  invalid_json: "Invalid JSON",
  unknown_type: "Unknown message type",
  client_id_required: "clientId is required",
  max_clients_invalid: "maxClients must be a positive number",
  room_required: "room is required",
  room_not_found: "Room not found",
  room_full: "Room is full",
  already_in_room: "Already in a room",
  not_in_room: "Not in a room",
  target_not_found: "Target peer not found",
  not_host: "Only the host can close the room",
  wrong_secret: "Room not found",
  room_locked: "Room is full",
  banned: "Room not found",
  too_large: "State too large",
  // The wire has no text for depth: data that no server will carry is told as no JSON [Q3].
  too_deep: "Invalid JSON",
  code_taken: "Server draining",
  // The texts of the next three are never told: `closesOn` ends the line.
  too_many_rooms: "Server draining",
  server_full: "Server draining",
  too_many_attempts: "Room not found",
  draining: "Server draining",
  // Of what this wire can ask, the core refuses one field for its value: maxClients above the server's own limit.
  bad_field: "maxClients must be a positive number",
};

/** The name under which a text is counted; any other text counts as `bad_field`. */
const NAMES: Readonly<Partial<Record<string, RefusalName>>> = {
  "clientId is required": "client_id_required",
  "maxClients must be a positive number": "max_clients_invalid",
  "room is required": "room_required",
  "Target peer not found": "target_not_found",
  "State too large": "too_large",
};

/** The refusal that is told with this text, which is one of this wire's. */
export function refusalOf(text: string): Refusal {
  return refuse(NAMES[text] ?? "bad_field", { text });
}

/** The text of a refusal on this wire. */
export function textOf({ name, text }: Refusal, asked: Asked | undefined): string {
  if (KNOWN.has(text) || text.startsWith(unknownPlaceholder("{"))) return text;
  if (name === "not_host" && asked?.type === "set_state") return "Only the host can set state";
  return NEAREST[name] ?? "Unknown message type";
}

/** Refusals that no text of this wire would tell: the line is closed with a code that says to come back later. */
export function closesOn({ name }: Refusal): CloseName | null {
  switch (name) {
    case "server_full":
    case "too_many_rooms":
      return "serverFull";
    case "too_many_attempts":
      return "tooFast";
    default:
      return null;
  }
}
