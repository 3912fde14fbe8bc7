// The party2 dialect: the wire of Party-Sockets 2.x, letter by letter, for clients that are not to be changed. It differs from
// party in who a member is to the others (an index; the clientId is the key to its seat and never told) and in what may be said:
// its clients know few frames and few error texts, and some leave the game on any other.
import type { Event } from "../../protocol/events.ts";
import type { Dialect } from "../dialect.ts";
import { decode } from "./decode.ts";
import { encoder, stateFrame } from "./encode.ts";
import { closesOn } from "./errors.ts";
import { filled, type Place } from "./url.ts";

/** The dialect as a server at this place speaks it. */
export function party2(place: Place): Dialect {
  return {
    name: "party2",
    decode,
    encode: encoder(place),
    followUps,
    closesOn,
    link: (template, code) => filled(template, code, place),
  };
}

/** The retained state is a frame of its own on this wire, right after `joined` [Q6]. */
function followUps(event: Event): readonly string[] {
  return event.kind === "joined" && event.picture.state !== null ? [stateFrame(event.picture.state)] : [];
}
