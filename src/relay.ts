// The one switch: a Command goes to the room it concerns, and what the room decides comes back as the direct answer.
// Checks that hold for every wire (who may ask at all) stand here; what a room decides stands in room.ts.
import type { Clock, Line } from "./rooms/ports.ts";
import { Room } from "./rooms/room.ts";
import type { Rooms } from "./rooms/rooms.ts";
import type { Seat } from "./rooms/seat.ts";
import { type Command, type Event, type Flawed, type Later, type Refusal, refuse } from "./vocabulary.ts";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export class Relay {
  constructor(
    private readonly rooms: Rooms,
    private readonly clock: Clock,
  ) {}

  /** Carries out one command; answers what its sender is told directly, null where nothing is, or that it has to wait. */
  handle(line: Line, command: Command): Event | Later | null {
    switch (command.kind) {
      case "send":
        return line.seat === null ? refuse("not_in_room") : this.#send(line.seat, command);
      case "create":
        return line.seat === null ? this.#create(line, command) : refuse("already_in_room");
      case "join":
        return line.seat === null ? this.#join(line, command) : refuse("already_in_room");
      case "leave":
        return line.seat === null ? refuse("not_in_room") : this.#leave(line.seat);
      case "setPlayer":
        return line.seat === null
          ? refuse("not_in_room")
          : this.#done(line.seat, command, this.#setPlayer(line.seat, command));
      case "setState":
      case "lock":
      case "kick":
      case "makeHost":
      case "closeRoom":
        return line.seat === null ? refuse("not_in_room") : this.#asHost(line.seat, command);
      case "ping":
        return { kind: "pong", t: this.clock.now() };
      case "flawed":
        return this.#flawed(line, command);
      default:
        return command satisfies never;
    }
  }

  /** The line is gone: its member loses the seat it had. */
  gone(line: Line, reason: "lost" | "timeout"): void {
    line.seat?.room.rise(line.seat, reason);
  }

  /** Whether the request proves by a secret that a seat is its own: then it is no guess, and never waits among them [L9]. */
  recognises(line: Line, command: Command): boolean {
    if (command.kind !== "join" || command.guest.secret === null) return false;
    return this.rooms.find(command.code, line.wire)?.recognises(command.guest) ?? false;
  }

  /** Whether this line speaks for the host of its room: hosts have wider limits. */
  isHost(line: Line): boolean {
    return line.seat !== null && line.seat.room.host === line.seat;
  }

  #create(line: Line, command: CommandOf<"create">): Event {
    const room = this.rooms.open(line, command);
    if (!(room instanceof Room)) return room;
    return { kind: "created", picture: room.picture(), clientId: command.guest.clientId };
  }

  #join(line: Line, { guest, code, since }: CommandOf<"join">): Event | Later {
    return this.rooms.find(code, line.wire)?.join(line, guest, since) ?? refuse("room_not_found");
  }

  #send(seat: Seat, command: CommandOf<"send">): Event | null {
    return this.#done(seat, command, seat.room.send(seat, command.to, command.body));
  }

  #setPlayer(seat: Seat, { body }: CommandOf<"setPlayer">): number {
    return seat.room.setPlayer(seat, body);
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

  /** The answer to what has been told to so many lines: an ack, if the request asked for one by its ref. */
  #done({ room }: Seat, { asked }: Command, delivered: number | Refusal): Event | null {
    if (typeof delivered !== "number") return delivered;
    return asked.ref === undefined ? null : { kind: "ack", delivered, seq: room.seq };
  }

  #leave(seat: Seat): Event {
    seat.room.rise(seat, "left");
    return { kind: "left" };
  }

  /** Membership is checked before fields, as on the first wire [P5]. */
  #flawed(line: Line, { from, refusal }: Flawed): Refusal {
    if (from === "outside" && line.seat !== null) return refuse("already_in_room");
    if (from === "inside" && line.seat === null) return refuse("not_in_room");
    return refusal;
  }
}
