// What a game asks of its room besides messages: what is kept, who is in, timers, the session. How a request gets there is the room's business.
import type { Kept, Member, Poll } from "./events.ts";
import type { Asked, Sent } from "./requests.ts";
import { Roster } from "./roster.ts";
import type { GameAddRequest, LobbyUpdateRequest, PollOpenRequest } from "./wire.ts";

/** How a question is asked: its options, who is asked, for how long, whether an answer may be replaced, who sees the counts. */
type PollOptions = Omit<PollOpenRequest, "type" | "poll" | "ask" | "id">;

/** To whom: everyone else unless said; a member, its id, or several; `audience`: all who watch (host). */
export type To = Member | string | readonly (Member | string)[];

export abstract class Requesting extends Roster {
  protected abstract request(request: Asked, happened?: () => unknown): Promise<Sent>;

  /** Replaces what the room keeps for all, and for those who come later (host; 16 KiB). */
  setState(data: unknown): Promise<Sent> {
    return this.request({ type: "set_state", data }, () => {
      this.state = data;
    });
  }
  /** Replaces what I keep about myself (4 KiB). */
  setData(data: unknown): Promise<Sent> {
    return this.request({ type: "set_player", data }, () => Object.assign(this.me, { data }));
  }
  /** Replaces what is kept about a member (host; 4 KiB). */
  setPlayer(member: Member | string, data: unknown): Promise<Sent> {
    return this.#about("player", member, data);
  }
  /** Replaces what only that member and I see (host; 4 KiB): a hand of cards, a secret role. It is its `me.private`. */
  setPrivate(member: Member | string, data: unknown): Promise<Sent> {
    return this.#about("private", member, data);
  }
  /** The timer of that name (host). `room.timers` has those that there are, for everyone. */
  timer(timer: string) {
    return {
      /** Begins, or begins anew. `pauses`: it stands still while nobody is host. */
      set: (seconds: number, more?: { readonly label?: string; readonly pauses?: boolean }) =>
        this.request({ ...more, type: "timer.set", timer, seconds }),
      pause: () => this.request({ type: "timer.pause", timer }),
      go: () => this.request({ type: "timer.go", timer }),
      /** Ends it before its time. */
      stop: () => this.request({ type: "timer.stop", timer }),
    };
  }
  /** The poll of that name (host). `room.polls` has those that are open, for everyone. */
  poll(poll: string) {
    return {
      open: (ask: Poll["ask"], more?: PollOptions) => this.request({ ...more, type: "poll.open", poll, ask }),
      close: () => this.request({ type: "poll.close", poll }),
    };
  }
  /** Answers a poll: with the place of an option, several of them, a number, a text; a `first` with nothing. */
  answer(poll: string, value?: number | readonly number[] | string): Promise<Sent> {
    const open = this.polls.get(poll);
    const field =
      typeof value === "string"
        ? "text"
        : typeof value === "object"
          ? "choices"
          : open?.ask === "number"
            ? "number"
            : "choice";
    const answered = { [field]: value };
    return this.request({ ...answered, type: "answer", poll }, () => open && Object.assign(open, { answered }));
  }
  /** Lets go of state, data, private data, polls and timers, but for what is named: the next game needs no new code (host). */
  reset(...keep: Kept[number][]): Promise<Sent> {
    return this.request({ type: "room.reset", keep });
  }
  /** Lets nobody new in, or does again (host). */
  lock(locked = true): Promise<Sent> {
    return this.request({ type: "lock", locked });
  }
  /** Puts a member out (host). `ban: false`: it may come back. */
  kick(member: Member | string, { reason, ban }: { reason?: string; ban?: boolean } = {}): Promise<Sent> {
    return this.request({ type: "kick", clientId: idOf(member), reason, ban });
  }
  /** Hands the host's role over (host). */
  makeHost(member: Member | string): Promise<Sent> {
    return this.request({ type: "make_host", clientId: idOf(member) });
  }
  /** Votes for the game that is played, or was last. */
  vote(vote: "up" | "down"): Promise<Sent> {
    return this.request({ type: "vote", vote });
  }
  /** The session of the room (host). */
  readonly session = {
    start: (more?: { readonly notes?: string; readonly token?: string }) =>
      this.request({ ...more, type: "session.start" }),
    addGame: (game: Omit<GameAddRequest, "type" | "id">) => this.request({ ...game, type: "game.add" }),
    lobby: (lobbyState: LobbyUpdateRequest["lobbyState"]) => this.request({ type: "lobby.update", lobbyState }),
    startGame: () => this.request({ type: "game.start" }),
    endGame: () => this.request({ type: "game.end" }),
    end: () => this.request({ type: "session.end" }),
  };

  #about(what: "player" | "private", member: Member | string, data: unknown): Promise<Sent> {
    const clientId = idOf(member);
    return this.request({ type: `set_${what}`, clientId, data }, () => this.follow({ type: what, clientId, data }));
  }
}

function idOf(who: Member | string): string {
  return typeof who === "string" ? who : who.id;
}

export function idsOf(to?: To): string | string[] | undefined {
  if (typeof to === "string" || to === undefined) return to;
  return "id" in to ? to.id : to.map(idOf);
}
