// A wire as index.ts lists it: the dialect, the paths on which it is spoken, and the schemas that the published docs are made of.
import type { z } from "zod";
import type { Dialect } from "./dialect.ts";

/** Which server this is: told to creators, and part of links, where a wire has words for that. */
export interface Place {
  readonly instance: string;
  readonly region: string;
}

/** Each request or frame by its type. */
export type Schemas = Readonly<Record<string, z.ZodObject>>;

export interface Wire {
  /** The dialect's. */
  readonly name: string;
  /** The path that the docs name, and a sentence on the others. */
  readonly address: string;
  readonly description: string;
  /** Whether a WebSocket on this path speaks it, on any server. Absent: it is spoken where RELAY_DIALECT says so, and nowhere else. */
  readonly owns?: (path: string) => boolean;
  /** The dialect as a server at this place speaks it. */
  readonly dialect: (place: Place) => Dialect;
  readonly requests: Schemas;
  /** Loaded for the docs alone: a server checks no frame that it writes, and the schemas of all would cost its start 5 ms and 1.5 MiB. */
  readonly frames: () => Promise<{ readonly FRAMES: Schemas }>;
}
