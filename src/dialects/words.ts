// How a wire says which events it has a word for: a table of words, one function a kind, and one list of the kinds it is silent on.
// The types hold the two against each other: a kind that stands in neither, or in both, does not compile.
import type { Asked } from "../protocol/commands.ts";
import type { Event, EventKind } from "../protocol/events.ts";
import type { Dialect } from "./dialect.ts";

/** The frame for an event of that kind, or null where the wire tells it only sometimes. The other parameters are Dialect.encode's. */
type Word<Kind extends EventKind> = (
  event: Extract<Event, { readonly kind: Kind }>,
  asked: Asked | undefined,
  seq: number | null,
  wireData: string | null,
) => string | null;

export type Words<Kind extends EventKind> = { readonly [K in Kind]: Word<K> };

/** Words to be looked up by the kind of an event, which is more than the types can follow. */
export type AnyWords = Readonly<Partial<Record<EventKind, Word<never>>>>;

/** The encoder of a wire that has these words, and no frame for any event of a silent kind. */
export function encoderOf<Silent extends EventKind>(words: Words<Exclude<EventKind, Silent>>): Dialect["encode"] {
  const wordOf: AnyWords = words;
  return (event, asked, seq = null, wireData = null) => {
    const word = wordOf[event.kind];
    return word === undefined ? null : word(event as never, asked, seq, wireData);
  };
}
