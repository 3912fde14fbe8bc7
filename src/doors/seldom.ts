// Code that runs once or a few times for each line that comes and goes, and not for each message: it is spared the last of the engine's four
// compilers (FTL). That one made such code 4 % faster, and took 30 µs of the server's CPU for each of the first 15,000 lines that came and went,
// in threads that share a small machine's one core with the games: after a restart everybody comes back at once. What a message goes through
// needs it (6 % of 64 bytes, 16 % of 16 KiB) and is not in here. A method that is private by # cannot be reached from outside: it stays as it was.
import { noFTL } from "bun:jsc";
import { secrets } from "../auth/seatSecrets.ts";
import { Dialects } from "../dialects/index.ts";
import { plainJoin } from "../dialects/party/decode.ts";
import { joined } from "../dialects/party/encode.ts";
import { clientAddress } from "../limits/address.ts";
import { Bucket, Buckets, Rings } from "../limits/bucket.ts";
import { ByKey } from "../limits/byKey.ts";
import { Connections } from "../limits/connections.ts";
import { Guesses } from "../limits/guesses.ts";
import { Incoming } from "../limits/incoming.ts";
import { Joins } from "../limits/joins.ts";
import { Tally } from "../metrics/tally.ts";
import { Relay } from "../relay.ts";
import { Access } from "../rooms/access.ts";
import { admit, counted } from "../rooms/admission.ts";
import { Attendance } from "../rooms/attendance.ts";
import { Changes } from "../rooms/changes.ts";
import { packed } from "../rooms/codes.ts";
import { Delivery } from "../rooms/delivery.ts";
import { History } from "../rooms/history.ts";
import { Host } from "../rooms/host.ts";
import { fitsSurely, JoinedFit } from "../rooms/joinedFit.ts";
import { Members, seatBytes } from "../rooms/members.ts";
import { NewCodes } from "../rooms/newCodes.ts";
import { Room } from "../rooms/room.ts";
import { Rooms } from "../rooms/rooms.ts";
import { Seat } from "../rooms/seat.ts";
import { EventLog } from "../sessions/eventLog.ts";
import { RoomWatcher } from "../sessions/roomWatcher.ts";
import { Subscribers } from "../sessions/subscribers.ts";
import { Entry } from "./entry.ts";
import { Faults } from "./faults.ts";
import { Intake } from "./intake.ts";
import { Liveness } from "./liveness.ts";
import { SocketOutlet } from "./outlet.ts";
import { Recorder } from "./recorder.ts";
import { WriteQueue } from "./writeQueue.ts";

type Call = (...args: never[]) => unknown;

/** Marks functions that are seldom called; answers the first. */
export function seldom<F extends Call>(call: F, ...others: Call[]): F {
  for (const one of [call, ...others]) noFTL(one as (...args: unknown[]) => unknown);
  return call;
}

/** Marks methods of a class. @param names those that are meant; none: all that have a name */
function seldomIn<C extends object>({ prototype }: { prototype: C }, ...names: (keyof C)[]): void {
  for (const name of names.length > 0 ? names : (Object.getOwnPropertyNames(prototype) as (keyof C)[])) {
    const { value, get } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    if (name !== "constructor" && typeof (value ?? get) === "function") noFTL(value ?? get);
  }
}

let isMarked = false;

/** Marks them, once a process. */
export function markSeldom(): void {
  if (isMarked) return;
  isMarked = true;
  // The limits of addresses and networks: asked once a line, or once a beat. The budgets are not: messages ask them where something is owed.
  for (const kind of [Bucket, Buckets, Rings, ByKey, Connections, Guesses, Incoming, Joins]) seldomIn<object>(kind);
  // Who comes, goes, and is here.
  for (const kind of [Access, Attendance, Changes, Host, JoinedFit, NewCodes, Rooms]) seldomIn<object>(kind);
  seldomIn(Members, "sit", "wait", "remove", "nextIndex", "present", "briefBut");
  seldomIn(Seat, "sit", "wait", "clear", "peer");
  seldomIn(Room, "join", "rise", "picture", "has");
  seldomIn(Delivery, "tellOf", "missed");
  seldomIn(History, "after");
  seldom(admit, counted, fitsSurely, secrets.isSame, secrets.seal);
  // What a room's session hears of that.
  seldomIn(EventLog, "onAccountOf");
  seldomIn(RoomWatcher, "left", "joined", "isWatched");
  seldomIn(Subscribers, "gone");
  // The doors.
  for (const kind of [Dialects, Entry, Recorder, Tally]) seldomIn<object>(kind);
  seldomIn(Faults, "guard");
  seldomIn(Intake, "flush", "carryOutInTurn", "look");
  seldomIn(Liveness, "add", "remove");
  seldomIn(SocketOutlet, "enter", "quit");
  seldomIn(WriteQueue, "flush");
  seldomIn(Relay, "gone", "look");
  seldom(plainJoin, joined, seatBytes, packed, clientAddress);
}
