// The party2 dialect: the wire of Party-Sockets 2.x, letter by letter, for clients that are not to be changed. It differs from
// party in who a member is to the others (an index; the clientId is the key to its seat and never told) and in what may be said:
// its clients know few frames and few error texts, and some leave the game on any other.
import type { Event } from "../../protocol/events.ts";
import type { Dialect, Found, Probed } from "../dialect.ts";
import type { Place, Wire } from "../wire.ts";
import { decode } from "./decode.ts";
import { encoder, stateFrame } from "./encode.ts";
import { closesOn } from "./errors.ts";
import { REQUESTS } from "./schema.ts";
import { filled } from "./url.ts";

const NAME = "party2";

/** The dialect as a server at this place speaks it. */
export function party2(place: Place): Dialect {
  return {
    name: NAME,
    decode,
    encode: encoder(place),
    followUps,
    closesOn,
    hasBase58Codes: true,
    probe: (room) => probed(room, place),
  };
}

/** The fields and the header that clients of this wire know, and no others [Q10]. */
function probed({ code, clients, maxClients, origin, wireData: urlTemplate }: Found, place: Place): Probed {
  // A member that is undefined does not appear.
  const url = urlTemplate === null ? undefined : filled(urlTemplate, code, place);
  return { body: { clients, maxClients, origin, url }, headers: { "x-instance-id": place.instance } };
}

/** The retained state is a frame of its own on this wire, right after `joined` [Q6]. */
function followUps(event: Event): readonly string[] {
  return event.kind === "joined" && event.picture.state !== null ? [stateFrame(event.picture.state)] : [];
}

export const party2Wire: Wire = {
  name: NAME,
  address: "/v2",
  description: "Also /v2/<CODE>; with RELAY_DIALECT=party2 on / as well.",
  owns: (path) => /^\/v2(\/[^/]*)?$/.test(path),
  dialect: party2,
  requests: REQUESTS,
  frames: () => import("./frames.ts"),
};
