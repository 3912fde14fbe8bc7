// The round and the vote, as everybody on the sofa sees them. Draws what it is given; who was first is decided in tv.ts.
import type { Poll, Room } from "../../clients/js/src/index.ts";
import { at, el, write } from "../shared/dom.ts";
import { COLOURS, colourOf, type Game, VOTES } from "../shared/game.ts";

const PIECES = 36;

/**
 * @param late the names of who buzzed after the first
 * @param open the vote that is open; one that is over stays to be seen until the next round
 */
export function drawStage(
  room: Room,
  { round, winner, isUp, vote }: Game,
  late: readonly string[],
  open: Poll | undefined,
): void {
  const stage = at("stage");
  const first = winner === null ? undefined : room.members.get(winner.id);
  stage.className = winner === null ? (isUp ? "up" : "open") : `won c${first === undefined ? 1 : colourOf(first)}`;
  write("roundNo", `Round ${round}`);
  const standing = at("standing");
  // A long name is written smaller, and stays on the screen.
  standing.dataset.size = winner === null || winner.name.length < 9 ? "l" : winner.name.length < 20 ? "m" : "s";
  write(standing, winner === null ? (isUp ? "Time is up" : "Who is first?") : `${winner.name}!`);
  at("late").replaceChildren(
    ...late.map((name) => {
      const item = el("li");
      item.append(el("bdi", "", name), " was a moment later");
      return item;
    }),
  );
  const title = open?.name ?? (vote && `Result: ${vote.title}`);
  at("ballot").hidden = !title;
  if (!title) return;
  const counts = (open ?? vote)?.counts ?? [];
  write("question", title);
  for (const [n, name] of VOTES.entries()) {
    const votes = counts[n] ?? 0;
    write(`${name}s`, `${votes}`);
    at(`${name}Bar`).style.setProperty("--part", `${votes / (counts.reduce((sum, one) => sum + one, 0) || 1)}`);
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
