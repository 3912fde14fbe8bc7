// The one switch: a Command goes to the room or the session it concerns, and what that decides comes back as the direct answer.
// Checks that hold for every wire (who may ask at all) stand here; what a room decides stands in room.ts, a session in sessions/.
import type { Clock } from "./clock.ts";
import type { Command, Flawed, Guest } from "./protocol/commands.ts";
import type { Event, Later } from "./protocol/events.ts";
import { isRefusal, type Refusal, refuse } from "./protocol/refusals.ts";
import type { Line } from "./rooms/ports.ts";
import { Room } from "./rooms/room.ts";
import type { Rooms } from "./rooms/rooms.ts";
import type { Seat } from "./rooms/seat.ts";
import type { EventLog } from "./sessions/eventLog.ts";
import type { MemberCommands } from "./sessions/memberCommands.ts";
import type { RoomWatcher } from "./sessions/roomWatcher.ts";
import type { Subscribers } from "./sessions/subscribers.ts";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export class Relay {
  /** What the answer that is on its way lets happen. */
  #next: { readonly line: Line; readonly call: () => unknown } | null = null;

  constructor(
    private readonly rooms: Rooms,
    private readonly roomWatcher: RoomWatcher,
    private readonly memberCommands: MemberCommands,
    private readonly subscribers: Subscribers,
    private readonly eventLog: EventLog,
    private readonly clock: Clock,
  ) {}

  /** Carries out one command; answers what its sender is told directly, null where nothing is, or that it has to wait. */
  handle(line: Line, command: Command): Event | Later | null {
    const { seat } = line;
    switch (command.kind) {
      case "send":
        return seat === null
          ? refuse("not_in_room")
          : this.#done(seat, command, seat.room.send(seat, command.to, command.body));
      case "create":
        return seat === null ? this.#create(line, command) : refuse("already_in_room");
      case "join":
        return seat === null ? this.#charged(line, () => this.#join(line, command)) : refuse("already_in_room");
      case "leave":
        return seat === null ? refuse("not_in_room") : this.#charged(line, () => leave(seat));
      case "setPlayer":
        return seat === null
          ? refuse("not_in_room")
          : this.#done(seat, command, seat.room.setPlayer(seat, command.body, command.shape));
      case "setShared":
        return seat === null
          ? refuse("not_in_room")
          : this.#done(seat, command, seat.room.setShared(command.state, command.defaults));
      case "setState":
      case "lock":
      case "makeHost":
        return seat === null ? refuse("not_in_room") : this.#asHost(seat, command);
      case "kick":
      case "closeRoom":
        return seat === null ? refuse("not_in_room") : this.#charged(line, () => this.#asHost(seat, command));
      case "sessionStart":
      case "gameAdd":
      case "lobbyUpdate":
      case "gameStart":
      case "gameEnd":
      case "sessionEnd":
      case "vote":
        return seat === null
          ? refuse("not_in_room")
          : this.#charged(line, () =>
              this.#done(seat, command, this.memberCommands.handle(seat, command) ?? seat.room.here),
            );
      case "auth":
        // The door has looked at the token, and would have called admit().
        return refuse(command.token === null ? "token_required" : "bad_token");
      case "subscribe":
        return this.#subscribe(line, command);
      case "unsubscribe":
        return this.subscribers.unsubscribe(line, command.sessionId);
      case "ping":
        return { kind: "pong", t: this.clock.now() };
      case "flawed":
        return this.#flawed(line, command);
      default:
        return command satisfies never;
    }
  }

  /** The answer of `handle` has been told: what has to come after it is told now. */
  answered(line: Line): void {
    const next = this.#next;
    this.#next = null;
    // Of another line it is what a fault left behind.
    if (next?.line === line) next.call();
  }

  /** The line has shown a token that is good until then, in ms since 1970. */
  admit(line: Line, expiresAtMs: number): Event {
    return this.subscribers.admit(line, expiresAtMs);
  }

  /** The line is gone: its member loses the seat it had. `held`: the server goes, and the room will be taken up again. */
  gone(line: Line, reason: "lost" | "timeout" | "held"): void {
    this.subscribers.gone(line);
    const { seat } = line;
    if (seat === null) return;
    if (reason === "held") seat.room.hold(seat);
    else seat.room.rise(seat, reason);
  }

  /** Whether the request would write to the log, which is bounded an address [L19]. */
  writes(line: Line, command: Command): boolean {
    switch (command.kind) {
      case "join": {
        const room = line.seat === null ? this.rooms.find(command.code, line.wire) : null;
        return room !== null && this.roomWatcher.isWatched(room);
      }
      case "vote":
      case "sessionStart":
      case "gameAdd":
      case "lobbyUpdate":
      case "gameStart":
      case "gameEnd":
      case "sessionEnd":
        return line.seat !== null;
      default:
        return false;
    }
  }

  /** Whether the request proves by a secret that a seat is its own: then it is no guess, and never waits among them [L9]. */
  recognises(line: Line, command: Command): boolean {
    if (command.kind !== "join" || typeof command.guest?.secret !== "string") return false;
    return this.rooms.find(command.code, line.wire)?.recognises(command.guest) ?? false;
  }

  /** Whether this line speaks for the host of its room: hosts have wider limits. */
  isHost(line: Line): boolean {
    return line.seat !== null && line.seat.room.host === line.seat;
  }

  /** What a command appends to the log of the sessions, its address pays for [L19]. */
  #charged<T>(line: Line, work: () => T): T {
    return this.eventLog.onAccountOf(line.address, work);
  }

  #create(line: Line, command: CommandOf<"create">): Event {
    const guest = command.guest ?? guestOf(line);
    const room = this.rooms.open(line, guest, command);
    if (!(room instanceof Room)) return room;
    return { kind: "created", picture: room.picture(), clientId: guest.clientId };
  }

  #join(line: Line, { guest: named, code, since }: CommandOf<"join">): Event | Later {
    const room = this.rooms.find(code, line.wire);
    if (room === null) return this.rooms.missing(code);
    const guest = named ?? guestOf(line);
    const isNew = !room.has(guest.clientId);
    const answer = room.join(line, guest, since);
    const { seat } = line;
    // It hears of its own arrival after its answer, like everyone else.
    if (isNew && seat !== null && this.roomWatcher.isWatched(room)) {
      const tell = () => this.#charged(line, () => this.roomWatcher.joined(room, seat));
      this.#next = { line, call: () => seat.line === line && tell() };
    }
    return answer;
  }

  /** What only the host may ask. */
  #asHost(seat: Seat, command: CommandOf<"setState" | "lock" | "kick" | "makeHost" | "closeRoom">): Event | null {
    const { room } = seat;
    if (room.host !== seat) return refuse("not_host");
    switch (command.kind) {
      case "setState":
        return this.#done(seat, command, room.setState(seat, command.body));
      case "lock":
        return this.#done(seat, command, room.lock(command.locked));
      case "kick":
        return this.#done(seat, command, room.kick(seat, command.clientId, command.reason, command.ban));
      case "makeHost":
        return this.#done(seat, command, room.makeHost(command.clientId));
      case "closeRoom":
        room.close("roomClosed", command.reason);
        return null;
      default:
        return command satisfies never;
    }
  }

  #subscribe(line: Line, { sessionId, since }: CommandOf<"subscribe">): Event {
    const next = this.subscribers.subscribe(line, sessionId, since);
    if (isRefusal(next)) return next;
    this.#next = { line, call: next };
    return { kind: "subscribed" };
  }

  /** The answer to what has been told to so many lines: an ack, if the request asked for one by its ref. */
  #done({ room }: Seat, { asked }: Command, delivered: number | Refusal): Event | null {
    if (typeof delivered !== "number") return delivered;
    return asked.ref === undefined ? null : { kind: "ack", delivered, seq: room.seq };
  }

  /** Who may ask at all is checked before fields, as on the first wire [P5]. */
  #flawed(line: Line, { from, refusal }: Flawed): Refusal {
    if (from === "authenticated" && !this.subscribers.isAdmitted(line)) return refuse("not_authenticated");
    if (from === "outside" && line.seat !== null) return refuse("already_in_room");
    if (from === "inside" && line.seat === null) return refuse("not_in_room");
    return refusal;
  }
}

function leave(seat: Seat): Event {
  seat.room.rise(seat, "left");
  return { kind: "left" };
}

/** A line that is known by its number. */
function guestOf({ number }: Line): Guest {
  return { clientId: String(number), name: null, secret: null, tick: false };
}
