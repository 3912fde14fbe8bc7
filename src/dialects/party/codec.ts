// The party dialect: the wire of Party-Sockets 1.x, grown. Games speak it over a raw WebSocket.
import type { Dialect } from "../dialect.ts";
import type { Wire } from "../wire.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { REQUESTS } from "./schema.ts";

const party: Dialect = { name: "party", decode, encode };

export const partyWire: Wire = {
  name: party.name,
  address: "/",
  description: "Also /<CODE>, and any path no one else owns.",
  dialect: () => party,
  requests: REQUESTS,
  frames: () => import("./frames.ts"),
};
