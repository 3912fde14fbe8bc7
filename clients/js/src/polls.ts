// The open polls of a room, and who watches it: kept up from what the room tells.
import type { Poll } from "./events.ts";
import { Timers } from "./timers.ts";
import type { AnswerFrame, AudienceFrame, JoinedFrame, PollClosedFrame, PollFrame, TallyFrame } from "./wire.ts";

type Told = PollFrame | TallyFrame | PollClosedFrame | AnswerFrame | AudienceFrame;
type Open = NonNullable<JoinedFrame["polls"]>[number];

export class Polls extends Timers {
  readonly #polls = new Map<string, Poll>();
  /** The open ones, by their names. */
  readonly polls: ReadonlyMap<string, Poll> = this.#polls;
  /** How many watch without a seat, and may; null where nobody may, and for one who watches. */
  audience: { readonly count: number; readonly max: number } | null = null;
  /** Whether I watch, and have no seat. */
  isWatching = false;

  /** As the picture has them. */
  protected repoll(open: readonly Open[] = [], audience?: JoinedFrame["audience"]): void {
    const gone = new Map(this.#polls);
    for (const { poll, answers = [], ...told } of open) {
      gone.delete(poll);
      this.#open({ ...told, poll }, false);
      for (const { from, text } of answers) this.#polls.get(poll)?.answers.set(from, text);
    }
    for (const poll of gone.keys()) this.#close({ type: "poll_closed", poll });
    this.isWatching = audience === true;
    this.audience = audience === true ? null : (audience ?? null);
  }

  protected ask(frame: Told): void {
    const { type } = frame;
    if (type === "audience") {
      if (this.audience) this.audience = { ...this.audience, count: frame.count };
      this.emit("audience", frame.count);
    } else if (type === "poll") this.#open(frame, true);
    else if (type === "poll_closed") this.#close(frame);
    else {
      const poll = this.#polls.get(frame.poll);
      if (!poll) return;
      if (type === "answer") {
        poll.answers.set(frame.from, frame.text);
        this.emit("answered", poll, frame.text, frame.from);
      } else {
        Object.assign(poll, frame);
        this.emit("tally", poll);
      }
    }
  }

  /** None is open any more, and nothing is told of their ends. */
  protected unpoll(): void {
    this.#polls.clear();
  }

  /** One that is known already is the same object, and news only where it is asked anew. */
  #open(told: Partial<PollFrame> & Open, isAsked: boolean): void {
    const { type: _, seq: __, ...open } = told;
    const before = isAsked ? undefined : this.#polls.get(told.poll);
    const poll = before ?? { answers: new Map(), name: told.poll };
    // Of the same name another may be open by now: what the picture does not say is not so.
    poll.answers.clear();
    Object.assign(poll, { answered: undefined, counts: undefined, total: undefined }, open);
    this.#polls.set(told.poll, poll as Poll);
    if (!before) this.emit("poll", poll as Poll);
  }

  /** Of one that was closed while the page was loaded anew nothing else is known. */
  #close(frame: PollClosedFrame): void {
    const poll = this.#polls.get(frame.poll) ?? { name: frame.poll, answers: new Map() };
    this.#polls.delete(frame.poll);
    this.emit("pollClosed", Object.assign(poll, frame) as Poll);
  }
}
