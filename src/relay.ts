// The one switch: a Command goes to the room it concerns, and what the room decides comes back as the direct answer.
// Checks that hold for every wire (who may ask at all) stand here; what a room decides stands in room.ts.
import type { Clock, Line } from "./rooms/ports.ts";
import { Room } from "./rooms/room.ts";
import type { Rooms } from "./rooms/rooms.ts";
import type { Seat } from "./rooms/seat.ts";
import { type Command, type Event, type Flawed, type Refusal, refuse } from "./vocabulary.ts";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export class Relay {
  constructor(
    private readonly rooms: Rooms,
    private readonly clock: Clock,
  ) {}

  /** Carries out one command; answers what its sender is told directly, or null where nothing is. */
  handle(line: Line, command: Command): Event | null {
    switch (command.kind) {
      case "send":
        return line.seat === null ? refuse("not_in_room") : this.#send(line.seat, command);
      case "create":
        return line.seat === null ? this.#create(line, command) : refuse("already_in_room");
      case "join":
        return line.seat === null ? this.#join(line, command) : refuse("already_in_room");
      case "leave":
        return line.seat === null ? refuse("not_in_room") : this.#leave(line.seat);
      case "closeRoom":
        return line.seat === null ? refuse("not_in_room") : this.#closeRoom(line.seat, command.reason);
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

  /** Whether this line speaks for the host of its room: hosts have wider limits. */
  isHost(line: Line): boolean {
    return line.seat !== null && line.seat.room.host === line.seat;
  }

  #create(line: Line, { guest, maxClients, code }: CommandOf<"create">): Event {
    const room = this.rooms.open(line, { guest, maxClients, code });
    return room instanceof Room ? { kind: "created", code: room.code, clientId: guest.clientId } : room;
  }

  #join(line: Line, { guest, code }: CommandOf<"join">): Event {
    return this.rooms.find(code, line.wire)?.join(line, guest) ?? refuse("room_not_found");
  }

  #send(seat: Seat, { to, body, asked }: CommandOf<"send">): Event | null {
    const delivered = seat.room.send(seat, to, body);
    if (typeof delivered !== "number") return delivered;
    return asked.ref === undefined ? null : { kind: "ack", delivered };
  }

  #leave(seat: Seat): Event {
    seat.room.rise(seat, "left");
    return { kind: "left" };
  }

  #closeRoom(seat: Seat, reason: string | null): Event | null {
    if (seat.room.host !== seat) return refuse("not_host");
    seat.room.close("roomClosed", reason);
    return null;
  }

  /** Membership is checked before fields, as on the first wire [P5]. */
  #flawed(line: Line, { from, refusal }: Flawed): Refusal {
    if (from === "outside" && line.seat !== null) return refuse("already_in_room");
    if (from === "inside" && line.seat === null) return refuse("not_in_room");
    return refusal;
  }
}
