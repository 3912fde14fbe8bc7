// What stands in for the sessions, which a local server leaves out: they are kept in a file, and told to bots and overlays. Whoever asks for
// one is told so.
import { refuse } from "../../../src/protocol/refusals.ts";
import type { Room } from "../../../src/rooms/room.ts";

/** The answer to every request of a session. */
export const NO_SESSIONS = refuse("unknown_type", { text: "Sessions are left out of the local server" });

/** Watches no room. */
export const roomWatcher = {
  rooms: new Set<Room>(),
  isWatched: () => false,
  joined: () => {},
  left: () => {},
  ending: () => {},
  picture: () => null,
};

export const memberCommands = { handle: () => NO_SESSIONS };

/** The live socket is another wire: none of its requests can come from the party wire. */
export const subscribers = {
  isAdmitted: () => false,
  admit: () => NO_SESSIONS,
  subscribe: () => NO_SESSIONS,
  unsubscribe: () => NO_SESSIONS,
  gone: () => {},
};

export const eventLog = { onAccountOf: <T>(_address: string, work: () => T): T => work() };
