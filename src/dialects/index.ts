// Which path speaks which dialect: data only. Fixed HTTP paths are matched before this table is asked.
import type { Dialect } from "./dialect.ts";
import { party } from "./party/codec.ts";

interface Entry {
  readonly dialect: Dialect;
  readonly owns: (path: string) => boolean;
}

/** First match wins; the last one takes every path that no one else owns. */
const TABLE: readonly Entry[] = [{ dialect: party, owns: () => true }];

/** The dialect that a WebSocket on this path speaks. */
export function dialectAt(path: string): Dialect | null {
  return TABLE.find((entry) => entry.owns(path))?.dialect ?? null;
}

const BY_NAME = new Map(TABLE.map(({ dialect }) => [dialect.name, dialect]));

/** The dialect of that name. @throws {Error} on a name that is not in the table, which no room can have. */
export function dialectNamed(name: string): Dialect {
  const dialect = BY_NAME.get(name);
  if (dialect === undefined) throw new Error(`no dialect is called ${name}`);
  return dialect;
}
