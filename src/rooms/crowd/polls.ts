// The open polls of one room: who may answer, when the counts are told, and that each is closed once [C10]–[C19]. Who hears what it tells, the crowd
// knows.
import type { Clock } from "../../clock.ts";
import { WIRE } from "../../limits/table.ts";
import type { ClientId } from "../../protocol/commands.ts";
import type { CrowdEvent, PollClosed } from "../../protocol/events.ts";
import type { Answer, AskedWho, Counts, OpenPoll, Question } from "../../protocol/polls.ts";
import { isRefusal, type Refusal, refuse } from "../../protocol/refusals.ts";
import type { Line } from "../seat.ts";
import { Leavers } from "./leavers.ts";
import { type KeptAnswer, Poll } from "./poll.ts";
import type { CrowdRoom } from "./ports.ts";
import type { PollsRecord } from "./record.ts";
import { Texts } from "./texts.ts";

/** The counts of a poll are told at most once in so long, in ms [C15]. */
export const TALLY_MS = 250;
/** As many tallies in a row are left out at most, while their room owes what it has handed out. */
export const TALLIES_LEFT_OUT_MAX = 8;
/** Names of closed polls that are known to be closed: whoever answers late shall not think that he mistyped. */
const CLOSED_MAX = 32;
/** Bytes that an address takes of which somebody has answered. */
const ADDRESS_BYTES = 100;
/** What the polls need of their room besides what all parts of a crowd do. */
export interface PollRoom extends CrowdRoom {
  /** Whether it owes what it has handed out [L26]. */
  readonly isOwing: boolean;
  /** Tells the host, if there is one here, what has no number. */
  tellHost(event: CrowdEvent): void;
  /** Tells everyone that it is closed, and the host with its counts though they are not for the others; answers how many lines heard it. */
  tellClosed(closed: PollClosed, counts: Counts): number;
}

/** While a poll has an end, what its room's record says is left is no older than this: a crash gives back so much and no more. */
const RECORDED_MS = 10_000;

/** What somebody in the room is, to a poll. */
export interface Voter {
  readonly clientId: ClientId;
  readonly role: "player" | "member" | "audience";
  /** Of one who watches: a place among the audience is had again under ever new names, so what counts is where they are. */
  readonly from: { readonly address: string; readonly answersMax: number } | null;
}

interface Open {
  readonly poll: Poll;
  /** How many who watch have answered, by their addresses. A restart forgets it. */
  readonly byAddress: Map<string, number>;
  readonly texts: Texts;
  /** By the server's clock; null: it has no end of its own. */
  readonly endsAt: number | null;
  /** Stops the look whether it is over. */
  cancelEnd: () => void;
  /** Stops the tally that is due; null: none is. */
  cancelTally: (() => void) | null;
}

export class Polls {
  readonly #open = new Map<string, Open>();
  readonly leavers: Leavers;
  /** Oldest first. */
  #closed: string[] = [];

  constructor(
    private readonly room: PollRoom,
    private readonly clock: Clock,
  ) {
    const open = this.#open;
    this.leavers = new Leavers(room, (clientId) => open.values().some(({ poll }) => poll.hasAnswerOf(clientId)));
  }

  get size(): number {
    return this.#open.size;
  }

  /** Whether its room's record has anything of it to hold. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#closed.length === 0;
  }

  /** No fewer characters than a picture of it has on any wire. */
  get chars(): number {
    let chars = 0;
    for (const { poll } of this.#open.values()) chars += poll.chars;
    return chars;
  }

  /** Opens a poll for so long, or until it is closed; answers how many lines heard it. */
  open(question: Question, ms: number | null): number | Refusal {
    if (this.#open.has(question.poll)) return refuse("bad_field", { text: "poll must be the name of no open poll" });
    if (this.#open.size >= WIRE.pollsMax) return refuse("too_many_polls");
    const poll = new Poll(question);
    if (!this.room.keep(poll.bytes)) return refuse("too_large");
    const { endsAt } = this.#begin(poll, ms);
    this.#closed = this.#closed.filter((name) => name !== question.poll);
    return this.room.tell({ kind: "poll", question, endsAt });
  }

  /** Closes it for good; answers how many lines heard it. */
  close(name: string): number | Refusal {
    const open = this.#open.get(name);
    if (open === undefined) return this.#missing(name);
    return this.#end(open);
  }

  /** Takes somebody's answer; the refusal says why not. */
  answer(name: string, voter: Voter, said: Answer): Refusal | null {
    const open = this.#open.get(name);
    if (open === undefined) return this.#missing(name);
    const { poll } = open;
    if (!isAsked(poll.question.who, voter)) return refuse("not_asked");
    const answer = poll.read(said);
    if (isRefusal(answer)) return answer;
    const from = poll.hasAnswerOf(voter.clientId) ? null : voter.from;
    const ofAddress = from === null ? 0 : (open.byAddress.get(from.address) ?? 0);
    if (!poll.takes(voter.clientId, answer) || (from !== null && ofAddress >= from.answersMax))
      return refuse("answered_already");
    const more = poll.moreWith(voter.clientId, answer);
    const ofFirst = from !== null && ofAddress === 0 ? ADDRESS_BYTES : 0;
    if (this.#isTooMuchText(answer, more) || !this.room.keep(more + ofFirst)) return refuse("too_large");
    if (!poll.put(voter.clientId, answer)) return null;
    if (from !== null) open.byAddress.set(from.address, ofAddress + 1);
    this.room.changed();
    if (typeof answer === "string") open.texts.came(voter.clientId);
    if (poll.question.ask === "first") this.#end(open);
    else this.#tallySoon(open);
    return null;
  }

  /** What somebody who comes finds; the host finds all counts and texts. */
  picture(clientId: ClientId, isHost: boolean): OpenPoll[] {
    return Array.from(this.#open.values(), ({ poll, endsAt }) => {
      const { question } = poll;
      const isShown = isHost || question.show === "live";
      return {
        question,
        endsAt,
        answered: poll.answerOf(clientId),
        counts: isShown ? poll.counts : null,
        texts: isHost && question.ask === "text" ? poll.texts : null,
      };
    });
  }

  /** Another one is host, or nobody: who comes finds all texts in its picture, and who was here is told them. */
  hostChanged(): void {
    for (const { texts } of this.#open.values()) texts.stop();
  }

  /** Tells one that became host while it was here what the host alone knows. */
  tellHeir(): void {
    for (const { poll } of this.#open.values()) {
      const { ask, show } = poll.question;
      if (show !== "live") this.#tally(poll);
      if (ask !== "text") continue;
      for (const { from } of poll.texts) this.#tellText(poll, from);
    }
  }

  /** Tells one line when those end that have an end: its room came to a clock that may go otherwise. */
  tellTo(line: Line): void {
    for (const { poll, endsAt } of this.#open.values())
      if (endsAt !== null) this.room.tellOne(line, { kind: "poll", question: poll.question, endsAt });
  }

  /** None is open from now on, and nobody is told of any [C39]. */
  reset(): void {
    for (const open of this.#open.values()) this.#forget(open);
    this.leavers.prune();
    this.#closed = [];
    this.room.changed();
  }

  /** The room has ended, or is another node's: nothing more is told. */
  stop(): void {
    for (const { texts, cancelEnd, cancelTally } of this.#open.values()) {
      texts.stop();
      cancelEnd();
      cancelTally?.();
    }
    this.#open.clear();
  }

  /** As they are recorded: `open` ones whole, of those that are closed the names. */
  record(): PollsRecord {
    const now = this.clock.now();
    const open = Array.from(this.#open.values(), ({ poll, endsAt }) => {
      const leftMs = endsAt === null ? null : Math.max(0, endsAt - now);
      return { ...poll.question, leftMs, answers: [...poll.answers] };
    });
    const leavers = this.leavers.record();
    return { open, closed: [...this.#closed], ...(leavers.length > 0 && { leavers }) };
  }

  /** As they were recorded. What they take is kept whatever else is, since it was. */
  restore(record: PollsRecord): void {
    this.#closed = [...record.closed];
    this.leavers.restore(record.leavers ?? []);
    for (const { leftMs, answers, ...question } of record.open) {
      const poll = new Poll(question);
      for (const [clientId, answer] of answers) poll.put(clientId, answer);
      this.room.keepAnyway(poll.bytes);
      this.#begin(poll, leftMs);
    }
  }

  #begin(poll: Poll, ms: number | null): Open {
    const endsAt = ms === null ? null : this.clock.now() + ms;
    const texts = new Texts(this.clock, (clientId) => this.#tellText(poll, clientId));
    const open: Open = { poll, texts, byAddress: new Map(), endsAt, cancelEnd: () => {}, cancelTally: null };
    this.#open.set(poll.question.poll, open);
    if (endsAt !== null) this.#wait(open, endsAt);
    return open;
  }

  #wait(open: Open, endsAt: number): void {
    const leftMs = Math.max(0, endsAt - this.clock.now());
    open.cancelEnd = this.clock.after(Math.min(leftMs, RECORDED_MS), () => {
      if (this.clock.now() >= endsAt) {
        this.#end(open);
        return;
      }
      this.room.changed();
      this.#wait(open, endsAt);
    });
  }

  #end(open: Open): number {
    const { poll } = open;
    const isOwed = open.cancelTally !== null;
    open.texts.flush();
    this.#forget(open);
    this.leavers.prune();
    const { poll: name } = poll.question;
    this.#closed = [...this.#closed, name].slice(-CLOSED_MAX);
    // The last tally is exact: whoever watches the counts has them all before the end.
    if (isOwed) this.#tally(poll);
    const { counts } = poll;
    const isShown = poll.question.show !== "host";
    if (!isShown) return this.room.tellClosed({ kind: "pollClosed", poll: name, counts: null }, counts);
    return this.room.tell({ kind: "pollClosed", poll: name, counts });
  }

  #forget(open: Open): void {
    const { poll, texts, byAddress, cancelEnd, cancelTally } = open;
    texts.stop();
    cancelEnd();
    cancelTally?.();
    this.room.keepAnyway(-poll.bytes - byAddress.size * ADDRESS_BYTES);
    this.#open.delete(poll.question.poll);
  }

  /** @param leftOut how many in a row have been left out before: eight live polls of a crowd would hand out fifty megabytes a second */
  #tallySoon(open: Open, leftOut = 0): void {
    open.cancelTally ??= this.clock.after(TALLY_MS, () => {
      open.cancelTally = null;
      const isForAll = open.poll.question.show === "live";
      if (isForAll && leftOut < TALLIES_LEFT_OUT_MAX && this.room.isOwing) this.#tallySoon(open, leftOut + 1);
      else this.#tally(open.poll);
    });
  }

  #tally(poll: Poll): void {
    const event: CrowdEvent = { kind: "tally", poll: poll.question.poll, counts: poll.counts };
    if (poll.question.show === "live") this.room.tellNow(event);
    else this.room.tellHost(event);
  }

  #tellText(poll: Poll, clientId: ClientId): void {
    const text = poll.answerOf(clientId)?.text;
    if (text !== undefined) this.room.tellHost({ kind: "answered", poll: poll.question.poll, clientId, text });
  }

  #isTooMuchText(answer: KeptAnswer, more: number): boolean {
    if (typeof answer !== "string") return false;
    let bytes = more;
    for (const { poll } of this.#open.values()) if (poll.question.ask === "text") bytes += poll.bytes;
    return bytes > WIRE.textsBytesMax;
  }

  #missing(name: string): Refusal {
    return refuse(this.#closed.includes(name) ? "poll_closed" : "poll_not_found");
  }
}

function isAsked(who: AskedWho, { role }: Voter): boolean {
  switch (who) {
    case "all":
      return true;
    case "audience":
      return role === "audience";
    case "members":
      return role !== "audience";
    case "players":
      return role === "player";
    default:
      return who satisfies never;
  }
}
