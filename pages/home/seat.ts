// The TV's seat: one a tab, kept over a reload, so that the same screen goes on as the same host. The client files it under a name that
// depends on how the room was entered; a TV has but one.
import {
  createRoom,
  joinRoom,
  PartylineError,
  type Room,
  type SeatStore,
  sessionSeats,
} from "../../clients/js/src/index.ts";
import { FIRST } from "../shared/game.ts";

const kept = sessionSeats("partyline:tv:");
const seats: SeatStore = {
  load: () => kept.load("seat"),
  save: (_, seat) => kept.save("seat", seat),
  clear: () => kept.clear("seat"),
};
/** How many phones it is for. `?phones=40` in the page's address makes it one for forty. */
export const PHONES_MAX = Number(new URLSearchParams(location.search).get("phones")) || 8;

/** So many may watch and vote, once all seats are taken. */
const WATCH_MAX = 200;

/** The code of the room that this tab is the TV of; null: of none. */
export function keptCode(): string | null {
  return seats.load("")?.room ?? null;
}

/** Opens a room. @throws {PartylineError} */
export function openRoom(audience = WATCH_MAX): Promise<Room> {
  const asked = createRoom({
    name: "TV",
    seats,
    maxClients: PHONES_MAX + 1,
    away: 120,
    history: 256,
    state: FIRST,
    audience,
  });
  return asked.catch((error) => {
    // Of what is asked only the audience can be more than a server allows: then nobody watches.
    if (audience > 0 && error instanceof PartylineError && error.code === "bad_field") return openRoom(0);
    throw error;
  });
}

/** Takes the seat up again, and hears what phones said meanwhile. @throws {PartylineError} `room_not_found` where the room is over */
export function resumeRoom(code: string): Promise<Room> {
  return joinRoom({ room: code, seats, reload: "messages" });
}
