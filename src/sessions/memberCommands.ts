// Where the members of a room ask for things of its session: each of their commands becomes a call on the sessions. Who may ask
// what, the relay has decided. Knows seats and rooms, but neither lines nor how an answer is told.
import type { Clock } from "../clock.ts";
import type { SessionCommand, Vote } from "../protocol/commands.ts";
import { isRefusal, type Refusal, refuse } from "../protocol/refusals.ts";
import type { Member, Room } from "../rooms/room.ts";
import { labelOf } from "./label.ts";
import type { Sessions } from "./sessions.ts";

/** Who may begin a session in a room: its host, or a host that shows a token [S35]. */
export const ROOM_SESSIONS = ["open", "token"] as const;
type RoomSessions = (typeof ROOM_SESSIONS)[number];

/** Why a room on a node that keeps no sessions begins none [N11]. */
const NOT_HERE = "This room is on a node that keeps no sessions";

type HostCommand = Exclude<SessionCommand, { kind: "vote" }>;

export class MemberCommands {
  constructor(
    private readonly sessions: Sessions,
    private readonly clock: Clock,
    private readonly roomSessions: RoomSessions = "open",
    private readonly areKeptHere: () => boolean = () => true,
  ) {}

  /** Does what a member asks; answers why not, or null when it is done. Its host runs a session, and every member votes in it [S10]. */
  handle(seat: Member, command: SessionCommand): Refusal | null {
    const { room } = seat;
    const result = this.sessions.attempt(() =>
      command.kind === "vote" ? this.#vote(seat, command.vote) : this.#run(room, command),
    );
    this.sessions.endIfFull(room);
    return isRefusal(result) ? result : null;
  }

  #run(room: Room, command: HostCommand): object {
    const { sessions } = this;
    if (command.kind === "sessionStart") {
      if (!this.areKeptHere()) return refuse("not_kept", { text: NOT_HERE });
      const { notes, isProven = false } = command;
      if (this.roomSessions === "token" && !isProven) return refuse("token_required");
      return sessions.start(notes, room, isProven ? "token" : "host");
    }
    const id = sessions.of(room);
    if (id === null) return refuse("no_session");
    switch (command.kind) {
      case "gameAdd":
        return sessions.addGame(id, command.game, room);
      case "lobbyUpdate":
        return sessions.updateLobby(id, command.lobbyState);
      case "gameStart":
      case "gameEnd": {
        const game = sessions.current(id);
        if (isRefusal(game)) return game;
        return command.kind === "gameStart" ? sessions.startGame(id, game.id) : sessions.endGame(id, game.id);
      }
      case "sessionEnd":
        return sessions.end(id);
      default:
        return command satisfies never;
    }
  }

  #vote(seat: Member, vote: Vote): object {
    const { room } = seat;
    const id = this.sessions.of(room);
    if (id === null) return refuse("no_session");
    const username = labelOf(room, seat);
    const ballot = { voter: `member:${seat.clientId}`, username, vote, votedAt: this.clock.wall() };
    return this.sessions.vote(id, ballot, "member");
  }
}
