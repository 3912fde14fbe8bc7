// The fields that a host or an operator fills in, as zod schemas: the party wire and the HTTP API take the same ones.
import { z } from "zod";
import { WIRE } from "../limits/table.ts";
import { LOBBY_STATES, type NewGame } from "../protocol/commands.ts";
import { NOT_IN_TEXT, nameOf } from "../protocol/text.ts";

/** Notes may have line breaks. */
const NOTES = new RegExp(`^(?:[^${NOT_IN_TEXT}]|[\\n\\r\\t]){0,${WIRE.notesCharsMax}}$`, "u");

const BAD = { error: "bad_field" };

/** A field that may be left out: null and an empty text say the same, since not every serialiser can leave a member out [P6]. */
export function optional<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.literal("")], BAD).nullish();
}

const count = z.int(BAD).min(1, BAD).max(WIRE.playersMax, BAD);

/** What each field takes, as told in errors and in the docs. */
export const SESSION_TAKES: Readonly<Record<string, string>> = {
  notes: `at most ${WIRE.notesCharsMax} characters`,
  title: `1 to ${WIRE.titleCharsMax} printable characters`,
  pack_name: `at most ${WIRE.titleCharsMax} printable characters`,
  app_tag: `at most ${WIRE.titleCharsMax} printable characters`,
  min_players: `a whole number, 1 to ${WIRE.playersMax}`,
  max_players: `a whole number, 1 to ${WIRE.playersMax}, and at least min_players`,
  manually_added: "true or false",
  lobbyState: LOBBY_STATES.join(", "),
  username: `1 to ${WIRE.usernameCharsMax} printable characters`,
  vote: "up or down",
};

export const notes = z.string(BAD).regex(NOTES, BAD).nullish().describe("What the session is about.");
export const username = z.string(BAD).regex(nameOf(1, WIRE.usernameCharsMax), BAD).describe("Who votes.");
export const vote = z.enum(["up", "down"], BAD).describe("up or down.");
export const lobbyState = z.enum(LOBBY_STATES, BAD).describe("How far the lobby is.");

/** A game, as its host describes it. */
export const GAME_FIELDS = {
  title: z.string(BAD).regex(nameOf(1, WIRE.titleCharsMax), BAD).describe("Its name."),
  pack_name: z.string(BAD).regex(nameOf(0, WIRE.titleCharsMax), BAD).nullish().describe("The pack it is of."),
  min_players: optional(count).describe("Players it needs."),
  max_players: optional(count).describe("Players it takes."),
  app_tag: z.string(BAD).regex(nameOf(0, WIRE.titleCharsMax), BAD).nullish().describe("What kind of game it is."),
  manually_added: optional(z.boolean(BAD)).describe("Whether a person chose it; false unless said."),
} as const;

type GameFields = z.infer<z.ZodObject<typeof GAME_FIELDS>>;

/** Whether the numbers of players of a game fit together. */
export function playersFit({ min_players: least, max_players: most }: GameFields): boolean {
  return typeof least !== "number" || typeof most !== "number" || least <= most;
}

/** The game that these fields describe. */
export function gameOf(fields: GameFields): NewGame {
  return {
    title: fields.title,
    packName: fields.pack_name || null,
    minPlayers: fields.min_players || null,
    maxPlayers: fields.max_players || null,
    appTag: fields.app_tag || null,
    manuallyAdded: fields.manually_added || false,
  };
}
