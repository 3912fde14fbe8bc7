// The poll of a room over a stream: the overlay joins the room as one of its audience, and shows the question that is open with its counts, where those
// are for all. The client is loaded by who asks for it alone.
import type { Poll, Room } from "../../clients/js/src/index.ts";
import { at, el, write } from "../shared/dom.ts";
import { frame } from "./view.ts";

/** How long one that is closed stays, in ms: long enough to be read out. */
const RESULT_MS = 15_000;
/** A room that is not there, or lets nobody watch, may do so later: from one try to the next, in ms. A wrong code is a guess, of which a minute has ten. */
const AGAIN_MS = 20_000;

export interface Polls {
  /** Nothing comes after it. */
  stop(): void;
}

/** @param changed called when something else is shown than before */
export function showPolls(code: string, changed: () => void): Polls {
  let room: Room | null = null;
  let closed: Poll | null = null;
  let isStopped = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let fading: ReturnType<typeof setTimeout> | undefined;

  const draw = () => {
    // Who is first has no tally, and a text is for the host alone.
    const open = [...(room?.polls.values() ?? [])].filter(({ options }) => options).at(-1);
    if (fill(open ?? closed, open === undefined)) changed();
  };
  const ended = (poll: Poll) => {
    if (!poll.options) return;
    closed = poll;
    clearTimeout(fading);
    fading = setTimeout(() => {
      closed = null;
      draw();
    }, RESULT_MS);
    draw();
  };
  const later = () => {
    room = closed = null;
    if (!isStopped) again = setTimeout(join, AGAIN_MS);
    draw();
  };
  async function join(): Promise<void> {
    try {
      const { joinRoom } = await import("../../clients/js/src/index.ts");
      // Under a name of its own: a phone's page in the same browser is somebody else.
      const joined = await joinRoom({ room: code, key: "?overlay", as: "audience" });
      if (isStopped) return void joined.leave();
      room = joined;
      for (const event of ["poll", "tally", "fresh", "reset"] as const) joined.on(event, draw);
      joined.on("pollClosed", ended);
      joined.on("over", later);
      draw();
    } catch {
      later();
    }
  }
  void join();
  return {
    stop() {
      isStopped = true;
      clearTimeout(again);
      clearTimeout(fading);
      void room?.leave();
    },
  };
}

/** Answers whether anything is another than before. */
function fill(poll: Poll | null, isOver: boolean): boolean {
  const section = at("poll");
  const { options = [], counts } = poll ?? {};
  const total = counts && poll?.total;
  const now = JSON.stringify([poll?.name, isOver, counts, total]);
  if (section.dataset.shown === now) return false;
  section.dataset.shown = now;
  section.hidden = poll === null;
  frame();
  if (poll === null) return true;
  write("ask", poll.name);
  write(
    "total",
    total === undefined ? "" : `${total} ${total === 1 ? "answer" : "answers"}${isOver ? ", closed" : ""}`,
  );
  at("tally").replaceChildren(
    ...options.map((option, n) => {
      const item = el("li");
      item.append(el("span", "", option), el("b", "", counts ? `${counts[n] ?? 0}` : ""));
      item.style.setProperty("--part", `${(counts?.[n] ?? 0) / (total || 1)}`);
      return item;
    }),
  );
  return true;
}
