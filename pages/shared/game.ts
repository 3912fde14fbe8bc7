// The buzzer that TV and phones play: what it asks, what the room keeps for all, what phones say to the TV, and what colour somebody is. What comes from
// another member is anybody's, so it is read here and nowhere else.
import type { Member, Poll, Room } from "../../clients/js/src/index.ts";

/** What the room keeps (`setState`): a TV that is reloaded and a phone that comes late have it. */
export interface Game {
  readonly round: number;
  /** Who buzzed first in this round; null while nobody has. */
  readonly winner: { readonly id: string; readonly name: string } | null;
  /** The time of this round is over, and nobody has buzzed. */
  readonly isUp: boolean;
  /** How the vote of this round came out; null while none did. */
  readonly vote: { readonly title: string; readonly counts: readonly number[] } | null;
  /** Rounds won, by member; who has none is not in it. Read with `pointsOf`. */
  readonly points: Readonly<Record<string, unknown>>;
}

/** `late`: the round in which it buzzed after the first. `act`: seen on the TV. `say`: read there. `ms`: a round trip; `at`: the origin that the phone found us at. */
export type Said =
  | { readonly late: number }
  | { readonly act: Act }
  | { readonly say: string }
  | { readonly ms: number; readonly at: string };

export type Act = "wave" | "clap";

export const COLOURS = 8;
export const SAY_CHARS_MAX = 120;

export const FIRST: Game = { round: 1, winner: null, isUp: false, vote: null, points: {} };

/** How long a round goes. */
export const ROUND_SECONDS = 30;
/** Where a vote has its answers: `Good`, `Bad`. */
export const VOTES = ["up", "down"] as const;

/** The poll that asks who is first, and the timer that it goes by. Each round has one of its own, so a buzz or an end that comes late counts for no other. */
export function buzzerOf(round: number): string {
  return `Round ${round}`;
}

/** The vote that is open; undefined: none is. Its name is what is asked. */
export function voteIn({ polls }: Pick<Room, "polls">): Poll | undefined {
  return [...polls.values()].find(({ ask }) => ask === "choice");
}

/** A code as it was meant, whatever a keyboard put into it; the server reads it so, too [R4]. */
export function typedCode(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\s\p{Pd}_]/gu, "")
    .toUpperCase();
}

/** Whether a text could be a code, of whatever length this server's are [R4]. */
export function isCode(text: string): boolean {
  return /^[A-HJ-NP-Z2-9]{4,8}$/.test(text);
}

/** The game as the room keeps it; a new one where it keeps something else. */
export function gameOf(state: unknown): Game {
  const { round, winner, isUp, vote, points } = fieldsOf(state);
  if (typeof round !== "number") return FIRST;
  const { id, name } = fieldsOf(winner);
  const isWon = typeof id === "string" && typeof name === "string";
  const { title, counts } = fieldsOf(vote);
  return {
    round,
    winner: isWon ? { id, name } : null,
    isUp: isUp === true,
    vote: typeof title === "string" && Array.isArray(counts) ? { title, counts: counts.map(Number) } : null,
    points: fieldsOf(points),
  };
}

/** What a phone said; null: nothing that this game knows. */
export function saidOf(data: unknown): Said | null {
  const { late, act, say, ms, at } = fieldsOf(data);
  if (typeof late === "number") return { late };
  if (act === "wave" || act === "clap") return { act };
  if (typeof say === "string" && say.trim() !== "") return { say: cut(say) };
  if (typeof ms === "number" && ms >= 0)
    return { ms: Math.min(Math.round(ms), 99_999), at: typeof at === "string" ? at : "" };
  return null;
}

/** How many rounds a member has won. */
export function pointsOf({ points }: Game, id: string): number {
  return Number(points[id]) || 0;
}

/** As it is said. */
export function pointsText(points: number): string {
  return points === 1 ? "1 point" : `${points} points`;
}

/** The number of a member's colour: its own choice, or one that its id gives. */
export function colourOf({ id, data }: Pick<Member, "id" | "data">): number {
  const { colour } = fieldsOf(data);
  if (Number.isInteger(colour)) return Math.abs(colour as number) % COLOURS;
  return (id.charCodeAt(id.length - 1) || 0) % COLOURS;
}

/** What to call a member. */
export function nameOf({ name }: Pick<Member, "name">): string {
  return name || "Somebody";
}

/** What stands on a member's face: the first letter of its name. */
export function initialOf(member: Pick<Member, "name">): string {
  const [first = "?"] = nameOf(member).trim();
  return first.toUpperCase();
}

/** As much as is shown; a character of two halves is there whole or not. */
function cut(text: string): string {
  return text.slice(0, SAY_CHARS_MAX).replace(/[\uD800-\uDBFF]$/, "");
}

function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
}
