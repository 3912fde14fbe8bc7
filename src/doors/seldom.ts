// Code that runs once or a few times for each line that comes and goes, and not for each message: it is spared the last of the engine's four
// compilers (FTL). That one made such code 4 % faster, and took 30 µs of the server's CPU for each of the first 15,000 lines that came and went,
// in threads that share a small machine's one core with the games: after a restart everybody comes back at once. What a message goes through
// needs it (6 % of 64 bytes, 16 % of 16 KiB) and is not in here. A method that is private by # cannot be reached from outside, so the methods
// of these classes are `private` in TypeScript's way.
import { noFTL } from "bun:jsc";
import { secrets } from "../auth/seatSecrets.ts";
import { Dialects } from "../dialects/index.ts";
import { decodeOther, guestOf, plainJoin } from "../dialects/party/decode.ts";
import { ATTENDANCE, created, joined, peerObject, resumeMembers } from "../dialects/party/encode.ts";
import { doneMembers } from "../dialects/party/members.ts";
import { clientAddress, networkAround } from "../limits/address.ts";
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
import { Answers } from "./answers.ts";
import { Entry } from "./entry.ts";
import { Faults } from "./faults.ts";
import { Guessing } from "./guessing.ts";
import { Intake } from "./intake.ts";
import { SocketLine } from "./line.ts";
import { Liveness } from "./liveness.ts";
import { SocketOutlet } from "./outlet.ts";
import { Recorder } from "./recorder.ts";
import { WriteQueue } from "./writeQueue.ts";

type Call = (...args: never[]) => unknown;
/** A class. */
type Kind = { readonly prototype: object; readonly name: string };

/** Marks functions that are seldom called; answers the first. */
export function seldom<F extends Call>(call: F, ...others: Call[]): F {
  for (const one of [call, ...others]) noFTL(one as (...args: unknown[]) => unknown);
  return call;
}

/** Marks methods of a class. @param names those that are meant, private ones too  @throws {Error} when it has none of that name */
function seldomIn({ prototype, name: kind }: Kind, ...names: string[]): void {
  for (const name of names) {
    const { value, get } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    if (typeof (value ?? get) !== "function") throw new Error(`${kind} has no method ${name}`);
    noFTL(value ?? get);
  }
}

/** Marks all methods of a class but some. */
function seldomBut(kind: Kind, ...often: string[]): void {
  const names = Object.getOwnPropertyNames(kind.prototype);
  seldomIn(kind, ...names.filter((name) => name !== "constructor" && !often.includes(name)));
}

let isMarked = false;

/** Marks them, once a process. */
export function markSeldom(): void {
  if (isMarked) return;
  isMarked = true;
  // The limits of addresses and networks: asked once a line, or once a beat. The budgets are not: messages ask them where something is owed.
  for (const kind of [Bucket, Buckets, Rings, ByKey, Connections, Guesses, Incoming, Joins]) seldomBut(kind);
  // Who comes, goes, and is here.
  for (const kind of [Access, Attendance, Changes, Host, JoinedFit, NewCodes, Rooms]) seldomBut(kind);
  seldomIn(Members, "sit", "wait", "remove", "nextIndex", "present", "briefBut", "add");
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
  for (const kind of [Answers, Dialects, Entry, Guessing, Recorder, Tally]) seldomBut(kind);
  seldomIn(Faults, "guard");
  seldomIn(Intake, "flush", "request", "carryOutInTurn", "look", "carryOut", "carryOutLate", "seated");
  seldomIn(Liveness, "add", "remove");
  seldomIn(SocketOutlet, "enter", "quit", "tellAll");
  seldomIn(WriteQueue, "flush");
  // Direct answers, which messages with an id have too: 4 % of little.
  seldomIn(SocketLine, "tell", "send", "hasRoomFor");
  seldomBut(Relay, "send", "isHost");
  seldom(decodeOther, guestOf, plainJoin, created, ...ATTENDANCE, joined, peerObject, resumeMembers, doneMembers);
  seldom(seatBytes, packed, clientAddress, networkAround);
}
