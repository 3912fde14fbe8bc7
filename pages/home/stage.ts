// The round and the vote, as everybody on the sofa sees them. Draws what it is given; who was first is decided in tv.ts.
import type { Room } from "../../clients/js/src/index.ts";
import { at, el, write } from "../shared/dom.ts";
import { COLOURS, colourOf, type Game } from "../shared/game.ts";

const PIECES = 36;

/** A vote that is over stays to be seen until the next round. */
export type Asked = NonNullable<NonNullable<Room["night"]>["game"]>;

/**
 * @param late who buzzed after the first, and how many ms later
 * @param asked what is voted on, or was in this round; null: nothing
 */
export function drawStage(
  room: Room,
  { round, winner }: Game,
  late: readonly (readonly [name: string, ms: number])[],
  asked: Asked | null,
): void {
  const stage = at("stage");
  const first = winner === null ? undefined : room.members.get(winner.id);
  stage.className = winner === null ? "open" : `won c${first === undefined ? 1 : colourOf(first)}`;
  write("roundNo", `Round ${round}`);
  const standing = at("standing");
  // A long name is written smaller, and stays on the screen.
  standing.dataset.size = winner === null || winner.name.length < 9 ? "l" : winner.name.length < 20 ? "m" : "s";
  write(standing, winner === null ? "Who is first?" : `${winner.name}!`);
  at("late").replaceChildren(
    ...late.map(([name, ms]) => {
      const item = el("li");
      item.append(el("bdi", "", name), ` ${Math.ceil(ms)} ms later`);
      return item;
    }),
  );
  at("ballot").hidden = asked === null;
  if (asked === null) return;
  const { upvotes, downvotes } = asked.totals;
  write("question", (room.night === null ? "Result: " : "") + asked.title);
  for (const [name, votes] of [
    ["up", upvotes],
    ["down", downvotes],
  ] as const) {
    write(`${name}s`, `${votes}`);
    at(`${name}Bar`).style.setProperty("--part", `${votes / (upvotes + downvotes || 1)}`);
  }
}

/** Throws confetti: once a win. Where motion is not wanted the style sheet shows none. */
export function cheer(): void {
  const place = at("confetti");
  place.replaceChildren(
    ...Array.from({ length: PIECES }, (_, n) => {
      const piece = el("i", `c${n % COLOURS}`);
      for (const [name, spread] of [
        ["--x", 100],
        ["--turn", 720],
        ["--wait", 400],
      ] as const)
        piece.style.setProperty(name, `${Math.round(Math.random() * spread)}`);
      return piece;
    }),
  );
}
