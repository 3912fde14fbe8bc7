// The party dialect: the wire of Party-Sockets 1.x, grown. Games speak it over a raw WebSocket.
import type { Dialect } from "../dialect.ts";
import type { Wire } from "../wire.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { REQUESTS } from "./schema.ts";

const party: Dialect = { name: "party", decode, encode };

/** The path on which this wire is spoken on any server, whatever RELAY_DIALECT says: a client that is written for it asks here [P15]. */
const OWN_PATH = /^\/v1(\/|$)/;

export const partyWire: Wire = {
  name: party.name,
  address: "/",
  description:
    "Also /v1 and /v1/<CODE>, on any server; and /<CODE>, and any path no one else owns, where RELAY_DIALECT is party.",
  owns: (path) => OWN_PATH.test(path),
  dialect: () => party,
  requests: REQUESTS,
  frames: () => import("./frames.ts"),
};
