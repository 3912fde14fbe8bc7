// Which path speaks which dialect, as this server is set up. Fixed HTTP paths are matched before this table is asked.
import type { Dialect } from "./dialect.ts";
import { live } from "./live/codec.ts";
import { party } from "./party/codec.ts";
import { party2 } from "./party2/codec.ts";
import type { Place } from "./party2/url.ts";
import { sessionserver } from "./sessionserver/codec.ts";

export type { Place };

interface Entry {
  readonly dialect: Dialect;
  readonly owns: (path: string) => boolean;
}

/** Where bots and overlays listen. */
export const LIVE_PATH = "/api/sessions/live";

/** Where clients of SessionServer are on the common port; on a port of their own they are on every path. */
const SESSIONSERVER = /^\/sessionserver\/?$/;

/** The prefix under which party2 has rooms, whoever owns `/`. */
const V2 = /^\/v2(\/[^/]*)?$/;

export class Dialects {
  /** First match wins; the last one takes every path that no one else owns. */
  readonly #table: readonly Entry[];
  readonly #byName: ReadonlyMap<string, Dialect>;

  /** @param main who owns `/`, and every path that no one else does */
  constructor(main: "party" | "party2", place: Place) {
    const second = party2(place);
    this.#table = [
      { dialect: live, owns: (path) => path === LIVE_PATH },
      { dialect: sessionserver, owns: (path) => SESSIONSERVER.test(path) },
      { dialect: second, owns: (path) => V2.test(path) },
      { dialect: main === "party2" ? second : party, owns: () => true },
    ];
    this.#byName = new Map([party, second, live, sessionserver].map((dialect) => [dialect.name, dialect]));
  }

  /** The dialect that a WebSocket on this path speaks. */
  at(path: string): Dialect | null {
    return this.#table.find((entry) => entry.owns(path))?.dialect ?? null;
  }

  /** Whether a dialect of that name is here. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The dialect of that name. @throws {Error} on a name that is not in the table, which no room can have. */
  named(name: string): Dialect {
    const dialect = this.#byName.get(name);
    if (dialect === undefined) throw new Error(`no dialect is called ${name}`);
    return dialect;
  }
}
