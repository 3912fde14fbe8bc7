// What members are called in a room whose names are unique [C36]: a second Ann is "Ann 2". It decides, and tells nobody.
import { WIRE } from "../limits/table.ts";
import { UNSEEN } from "../protocol/text.ts";
import type { Seat } from "./seat.ts";

const UNSEEN_CHARS = new RegExp(`[${UNSEEN}]`, "gu");
const UNSEEN_END = new RegExp(`[${UNSEEN}]+$`, "u");
const NUMBER_END = / (\d{1,6})$/;

/**
 * The name that a member gets which asks for this one.
 * @param own the seat that it has already, which keeps the name that it was given for this one
 */
export function uniqueName(name: string | null, seats: Iterable<Seat>, own: Seat | null): string | null {
  if (name === null) return null;
  if (own?.name != null && isNumbered(own.name, name)) return own.name;
  const taken = new Set<string>();
  for (const seat of seats) if (seat !== own && seat.name !== null) taken.add(folded(seat.name));
  if (!taken.has(folded(name))) return name;
  let number = 2;
  while (taken.has(folded(numbered(name, number)))) number++;
  return numbered(name, number);
}

/** The name with a number behind it, cut so that both are no longer than a name may be. */
function numbered(name: string, number: number): string {
  const end = ` ${number}`;
  const chars = [...name];
  const fits = chars.length + end.length <= WIRE.nameCharsMax;
  const begin = fits ? name : chars.slice(0, WIRE.nameCharsMax - end.length).join("");
  return begin.replace(UNSEEN_END, "") + end;
}

/** Whether it is the name with a number that it was given. */
function isNumbered(given: string, name: string): boolean {
  const number = NUMBER_END.exec(given)?.[1];
  return number !== undefined && numbered(name, Number(number)) === given;
}

/** What two names have in common that look the same on a TV: case, width and what nobody sees make no difference. */
function folded(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(UNSEEN_CHARS, "");
}
