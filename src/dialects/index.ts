// The wires there are, and which path speaks which, as this server is set up. Fixed HTTP paths are matched before this table is asked.
import type { Dialect } from "./dialect.ts";
import { liveWire } from "./live/codec.ts";
import { partyWire } from "./party/codec.ts";
import { party2Wire } from "./party2/codec.ts";
import { sessionserverWire } from "./sessionserver/codec.ts";
import type { Place, Wire } from "./wire.ts";

/** Every wire, in the order of the docs. No path belongs to two. */
export const WIRES: readonly Wire[] = [partyWire, party2Wire, sessionserverWire, liveWire];

/** Where bots and overlays listen. */
export const LIVE_PATH = liveWire.address;

export class Dialects {
  /** Each dialect by its name: what a room is told is written by the one it was created in. */
  readonly byName: ReadonlyMap<string, Dialect>;
  readonly #main: Dialect;
  /** What `/` speaks, where most phones connect. */
  readonly #atRoot: Dialect;

  /** @param main who owns `/`, and every path that no one else does */
  constructor(main: string, place: Place) {
    this.byName = new Map(WIRES.map(({ name, dialect }) => [name, dialect(place)]));
    this.#main = this.named(main);
    this.#atRoot = this.#find("/");
  }

  /** The dialect that a WebSocket on this path speaks. */
  at(path: string): Dialect {
    return path === "/" ? this.#atRoot : this.#find(path);
  }

  #find(path: string): Dialect {
    const wire = WIRES.find(({ owns }) => owns?.(path));
    return wire === undefined ? this.#main : this.named(wire.name);
  }

  /** The dialect of that name. @throws {Error} on a name that no wire has, and so no room. */
  named(name: string): Dialect {
    const dialect = this.byName.get(name);
    if (dialect === undefined) throw new Error(`no dialect is called ${name}`);
    return dialect;
  }
}
