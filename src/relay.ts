// The one switch: a Command goes to the room or the session it concerns, and what that decides comes back as the direct answer.
// Who may ask what stands in relayRules.ts; what a room decides in rooms/, a session in sessions/.
import type { Clock } from "./clock.ts";
import type { Asked, Command, Guest } from "./protocol/commands.ts";
import type { Event, Later, Unproven } from "./protocol/events.ts";
import { isRefusal, type Refusal, refuse } from "./protocol/refusals.ts";
import type { Sight } from "./protocol/sight.ts";
import { type Look, RULES, type Rule } from "./relayRules.ts";
import type { Audience } from "./rooms/crowd/audience.ts";
import { guestOf, type Named, named, namesCode, recognises } from "./rooms/named.ts";
import { type Member, Room } from "./rooms/room.ts";
import type { Rooms } from "./rooms/rooms.ts";
import { isWatching, type Line as LineOf } from "./rooms/seat.ts";
import type { EventLog } from "./sessions/eventLog.ts";
import type { MemberCommands } from "./sessions/memberCommands.ts";
import type { RoomWatcher } from "./sessions/roomWatcher.ts";
import type { Subscribers } from "./sessions/subscribers.ts";

/** A line whose seat is in a room of ours. */
type Line = LineOf<Room>;
type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;
/** Commands that need no seat, and messages, which have a way of their own. */
type Seatless = "send" | "create" | "join" | "auth" | "subscribe" | "unsubscribe" | "ping" | "flawed";

/** What came of a command. */
interface Outcome {
  /** The direct answer to its sender; null: none; `later` or `unproven`: the door brings the command again when it may. */
  readonly answer: Event | Later | Unproven | null;
  /** What is told only after the answer; null: nothing. */
  readonly after: (() => unknown) | null;
  /** Whether the answer told a stranger that a code is not there, is taken, or belongs to somebody [L9]. */
  readonly isMiss: boolean;
}

/** Of a member that does not write to the log: all others in the room are known, and so is the room. */
const NOTHING_TO_ASK: Look = Object.freeze({ isGuess: false, appends: false, entrance: null, isJoin: false });
const NOTHING: Outcome = Object.freeze({ answer: null, after: null, isMiss: false });

interface RelayDeps {
  readonly rooms: Rooms;
  readonly roomWatcher: Pick<RoomWatcher, "rooms" | "isWatched" | "joined">;
  readonly memberCommands: Pick<MemberCommands, "handle">;
  readonly subscribers: Pick<Subscribers, "isAdmitted" | "admit" | "subscribe" | "unsubscribe" | "gone">;
  readonly eventLog: Pick<EventLog, "onAccountOf">;
  readonly clock: Clock;
}

export class Relay {
  constructor(private readonly deps: RelayDeps) {}

  /** @param isCrowded whether too many wrong codes were named at the line's address, or around it */
  look(line: Line, command: Command, isCrowded: boolean): Look {
    const { appends } = RULES[command.kind];
    if (line.seat !== null && appends !== "yes") return NOTHING_TO_ASK;
    const { rooms, roomWatcher } = this.deps;
    const named = command.kind === "join" && line.seat === null ? rooms.find(command.code, line.wire) : null;
    // Nothing is written or told of much when a seat is taken up again, so who comes back waits for nobody.
    const room = named !== null && isBack(named, command) ? null : named;
    const watches = command.kind === "join" && command.guest?.as === "audience";
    return {
      isGuess: isCrowded && line.seat === null && namesCode(command) && !recognises(named, command),
      appends:
        appends === "yes"
          ? line.seat !== null
          : room !== null &&
            !watches &&
            roomWatcher.rooms.has(room) &&
            roomWatcher.isWatched(room) &&
            !isBack(room, command),
      entrance: watches ? galleryOf(room) : room,
      isJoin: named !== null,
    };
  }

  /** What a guess is about [L35]. */
  named(line: Line, command: Command): Named {
    return named(this.deps.rooms, line, command);
  }

  /** Carries out one command, if this line may ask for it; only after that is it told of a flawed field [P5]. */
  handle(line: Line, command: Command): Outcome {
    const rule = RULES[command.kind];
    const refusal = this.refusalTo(line, command.kind === "flawed" ? command.from : rule.from);
    if (refusal !== null) return told(refusal);
    // A join appends after its answer, so `join` charges that itself; and of a room that is not watched nothing is appended aside.
    const isWatched = line.seat !== null && this.deps.roomWatcher.rooms.has(line.seat.room);
    if (rule.appends !== "yes" && (rule.appends !== "aside" || !isWatched)) return this.carryOut(line, command);
    return this.deps.eventLog.onAccountOf(line.address, () => this.carryOut(line, command));
  }

  /** Relays a message; answers what its sender is told; null: nothing. The same as `handle`, without what no message needs. */
  send({ seat }: Line, { to, body, asked }: CommandOf<"send">): Event | null {
    if (seat === null || isWatching(seat)) return refuse("not_in_room");
    return delivered(seat.room, asked, seat.room.send(seat, to, body));
  }

  /** The line has shown a token that is good until then, in ms since 1970, and lets it see that. */
  admit(line: Line, { expiresAtMs, ...sight }: Sight & { readonly expiresAtMs: number }): Event {
    return this.deps.subscribers.admit(line, expiresAtMs, sight);
  }

  /** The line has closed: its member's seat waits or is given up. `held`: the server goes, and the next one restores the room. */
  gone(line: Line, reason: "lost" | "timeout" | "held"): void {
    this.deps.subscribers.gone(line);
    const { seat } = line;
    if (seat === null) return;
    if (isWatching(seat)) seat.room.audience?.gone(seat, reason);
    else if (reason === "held") seat.room.hold(seat);
    else seat.room.rise(seat, reason);
  }

  /** Whether this line speaks for the host of its room: hosts have wider limits. */
  isHost({ seat }: Line): boolean {
    return seat !== null && seat.room.host === seat;
  }

  /** The room that a command is about: that of the line, or the one it would join; null: none. */
  roomOf({ seat, wire }: Line, command: Command): Room | null {
    if (seat !== null || command.kind !== "join") return seat?.room ?? null;
    return this.deps.rooms.find(command.code, wire);
  }

  private refusalTo(line: Line, from: Rule["from"]): Refusal | null {
    const { seat } = line;
    switch (from) {
      case "inside":
        return seat === null || isWatching(seat) ? refuse("not_in_room") : null;
      case "present":
        return seat === null ? refuse("not_in_room") : null;
      case "host":
        if (seat === null || isWatching(seat)) return refuse("not_in_room");
        return seat.room.host === seat ? null : refuse("not_host");
      case "outside":
        return seat === null ? null : refuse("already_in_room");
      case "authenticated":
        return this.deps.subscribers.isAdmitted(line) ? null : refuse("not_authenticated");
      case "anywhere":
        return null;
      default:
        return from satisfies never;
    }
  }

  private carryOut(line: Line, command: Command): Outcome {
    switch (command.kind) {
      case "send":
        return told(this.send(line, command));
      case "create":
        return this.create(line, command);
      case "join":
        return this.join(line, command);
      case "auth":
        // A good token does not come this far: the door verifies it and calls admit().
        return told(refuse(command.token === null ? "token_required" : "bad_token"));
      case "subscribe":
        return this.subscribe(line, command);
      case "unsubscribe":
        return told(this.deps.subscribers.unsubscribe(line, command.sessionId));
      case "ping":
        return told({ kind: "pong", t: this.deps.clock.now() });
      case "flawed":
        return told(command.refusal);
      default:
        // A line in no room has been refused by the rule of its command.
        return line.seat === null ? NOTHING : this.asMember(line.seat, command);
    }
  }

  private asMember(seat: Member, command: Exclude<Command, { kind: Seatless }>): Outcome {
    const { room } = seat;
    const { asked } = command;
    // Its line is about to be closed, and whoever comes back asks again.
    if (isWatching(seat) && room.audience?.isOver === true) return NOTHING;
    switch (command.kind) {
      case "leave":
        if (isWatching(seat)) room.audience?.gone(seat, "left");
        else room.rise(seat, "left");
        return told({ kind: "left" });
      case "setPlayer":
        return told(delivered(room, asked, room.setPlayer(seat, command)));
      case "setShared":
        return told(delivered(room, asked, room.setShared(command.state, command.defaults)));
      case "setState":
        return told(delivered(room, asked, room.setState(seat, command.body)));
      case "lock":
        return told(delivered(room, asked, room.lock(command.locked)));
      case "kick":
        return told(delivered(room, asked, room.kick(seat, command.clientId, command.reason, command.ban)));
      case "makeHost":
        return told(delivered(room, asked, room.makeHost(command.clientId)));
      case "closeRoom":
        room.close("roomClosed", command.reason);
        return NOTHING;
      case "setPrivate":
      case "reset":
      case "pollOpen":
      case "pollClose":
      case "answer":
      case "timerSet":
      case "timerPause":
      case "timerGo":
      case "timerStop":
        return told(delivered(room, asked, room.crowd().handle(seat, command)));
      case "sessionStart":
        // Nobody but a door can look at a token: it takes a promise.
        if (command.token !== undefined && command.isProven !== true)
          return { answer: { kind: "unproven", token: command.token }, after: null, isMiss: false };
        return told(delivered(room, asked, this.deps.memberCommands.handle(seat, command) ?? room.here));
      case "gameAdd":
      case "lobbyUpdate":
      case "gameStart":
      case "gameEnd":
      case "sessionEnd":
      case "vote":
        return told(delivered(room, asked, this.deps.memberCommands.handle(seat, command) ?? room.here));
      default:
        return command satisfies never;
    }
  }

  private create(line: Line, command: CommandOf<"create">): Outcome {
    const guest = command.guest ?? guestOf(line);
    const room = this.deps.rooms.open(line, guest, command);
    if (room instanceof Room)
      return told({ kind: "created", picture: room.picture(guest.clientId), clientId: guest.clientId });
    return { answer: room, after: null, isMiss: room.name === "code_taken" && this.isMiss(line, command) };
  }

  private join(line: Line, command: CommandOf<"join">): Outcome {
    const { rooms, roomWatcher, eventLog } = this.deps;
    const room = rooms.find(command.code, line.wire);
    if (room === null) return { answer: rooms.missing(command.code), after: null, isMiss: this.isMiss(line, command) };
    const guest = command.guest ?? guestOf(line);
    const isNew = !room.has(guest.clientId);
    const watches = guest.as === "audience" && isNew;
    const answer = watches ? watch(room, line, guest, command) : takeSeat(room, line, guest, command);
    if (answer.kind === "refusal")
      return { answer, after: null, isMiss: answer.name === "wrong_secret" && namesCode(command) };
    const { seat } = line;
    if (!isNew || watches || seat === null || !roomWatcher.rooms.has(room) || !roomWatcher.isWatched(room))
      return told(answer);
    // A new player hears `lobby.player-joined` of itself, after its answer [S14]; an answer that overflows the line has closed it by then.
    const after = () => seat.line === line && eventLog.onAccountOf(line.address, () => roomWatcher.joined(room, seat));
    return { answer, after, isMiss: false };
  }

  private isMiss(line: Line, command: Command): boolean {
    if (!namesCode(command)) return false;
    const { isNeighbour, isCooling } = named(this.deps.rooms, line, command);
    return !isNeighbour && !isCooling;
  }

  private subscribe(line: Line, { sessionId, since }: CommandOf<"subscribe">): Outcome {
    const after = this.deps.subscribers.subscribe(line, sessionId, since);
    return isRefusal(after) ? told(after) : { answer: { kind: "subscribed" }, after, isMiss: false };
  }
}

/** Whether the join takes up a seat that is kept, or tries to: nothing is written of that, so nobody waits for the log to come back. */
function isBack(room: Room, command: Command): boolean {
  return command.kind === "join" && command.guest !== null && room.has(command.guest.clientId);
}

/** Those who watch the room; null: nobody may. */
function galleryOf(room: Room | null): Audience<Room> | null {
  return room === null || (room.rules.audienceMax ?? 0) === 0 ? null : room.crowd().gallery();
}

/** Has the line watch the room [C1]. */
function watch(room: Room, line: Line, guest: Guest, { asked }: CommandOf<"join">): Event | Later {
  return galleryOf(room) === null ? refuse("no_audience") : room.crowd().watch(line, guest, asked);
}

/** Gives the line a seat; one that watched under that clientId watches no more [C8]. */
function takeSeat(room: Room, line: Line, guest: Guest, { since, asked }: CommandOf<"join">): Event | Later {
  const { audience } = room;
  const isNew = !room.has(guest.clientId);
  if (isNew && audience?.keepsFrom(guest) === true) return refuse("wrong_secret");
  const answer = room.join(line, guest, since, asked);
  if (isNew && answer.kind === "joined") audience?.becameMember(guest.clientId);
  const mayWatch = answer.kind === "refusal" && answer.name === "room_full" && galleryOf(room)?.hasPlace === true;
  return mayWatch ? { ...answer, audience: true } : answer;
}

function told(answer: Event | Later | null): Outcome {
  return answer === null ? NOTHING : { answer, after: null, isMiss: false };
}

/** The answer to a request that `lines` have heard of, or its refusal: an ack where the request has a ref, else nothing [P3]. */
function delivered(room: Room, { ref }: Asked, lines: number | Refusal): Event | null {
  if (typeof lines !== "number") return lines;
  return ref === undefined ? null : { kind: "ack", delivered: lines, seq: room.seq };
}
