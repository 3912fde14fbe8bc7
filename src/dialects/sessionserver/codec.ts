// The sessionserver dialect: the wire of the npm package SessionServer 0.2.5, for clients that are not to be changed. A session is a
// room that is known by a number, with data that any member may change, and a player is a line that is known by a number. Its clients
// match text, so frames have their members in one order and are written as JSON.stringify writes.
import type { Dialect } from "../dialect.ts";
import type { Wire } from "../wire.ts";
import { decode } from "./decode.ts";
import { encode, followUps } from "./encode.ts";
import { closesOn } from "./errors.ts";
import { REQUESTS } from "./schema.ts";

export const sessionserver: Dialect = {
  name: "sessionserver",
  isCounted: true,
  isOfSessions: true,
  decode,
  encode,
  followUps,
  closesOn,
};

export const sessionserverWire: Wire = {
  name: sessionserver.name,
  address: "/sessionserver",
  description: "Also every path of SESSIONSERVER_PORT. A frame's word is its `command`.",
  owns: (path) => /^\/sessionserver\/?$/.test(path),
  dialect: () => sessionserver,
  requests: REQUESTS,
  frames: () => import("./frames.ts"),
};
