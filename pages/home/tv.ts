// The room on the TV: asks who is first, hears from the server who was, and has all of it drawn. What the game is stands in the room's state, and
// what is asked in its polls, so a reload of this page and a phone that comes late have the picture.
import { PartylineError, type Room } from "../../clients/js/src/index.ts";
import { showCountdown } from "../shared/countdown.ts";
import { at, button, write } from "../shared/dom.ts";
import { buzzerOf, type Game, gameOf, nameOf, pointsOf, ROUND_SECONDS, saidOf, voteIn } from "../shared/game.ts";
import { showCorner } from "./corner.ts";
import { showRoster } from "./roster.ts";
import { showSaid, tint } from "./said.ts";
import { PHONES_MAX } from "./seat.ts";
import { cheer, drawStage } from "./stage.ts";

const LATE_MAX = 3;
const TOAST_MS = 6_000;
const WAITS = "Waits for the server…";
/** What comes of an answer or an end that crossed another one is told by what else comes. */
const crossed = () => undefined;

/** Makes the page this room's TV, until the room is over. */
export function showTv(room: Room): void {
  const tv = at("tv");
  const lock = button("lock");
  /** Names, by who it was. */
  const late = new Map<string, string>();
  let toastTimer: ReturnType<typeof setTimeout> | undefined;
  /** What is drawn and decided by: what the room keeps, and before the server has it what it shall keep. */
  let game = gameOf(room.state);
  let unsettled = 0;
  /** The rounds of which the question has been asked, and the clock begun. */
  let asked = 0;
  let timed = 0;

  const tell = (text: string) => {
    write("toast", text);
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => write("toast", ""), TOAST_MS);
  };
  const failed = (error: unknown) => {
    if (error instanceof PartylineError && error.code !== "over") tell(`That did not work: ${error.message}.`);
  };

  const roster = showRoster(room, (member) => {
    room
      .kick(member, { reason: "put out at the TV" })
      .then(() => tell(`${nameOf(member)} is out. Lock the room to keep it so.`), failed);
  });
  const corner = showCorner(room);

  const draw = () => {
    // The corner is for who comes late: as long as nobody is here, how to join is all there is to show.
    tv.dataset.mode = room.members.size > 1 ? "play" : "lobby";
    lock.setAttribute("aria-pressed", `${room.locked}`);
    write(lock, room.locked ? "Unlock the room" : "Lock the room");
    write("next", "New round");
    write("poll", voteIn(room) ? "End the vote" : "Start a vote");
    // No way in that nobody can go: who is here already, and who comes back, gets in all the same.
    const full = room.audience ? "To watch" : "Full";
    at("qr").dataset.shut = room.locked ? "Locked" : room.members.size > PHONES_MAX ? full : "";
    roster.draw(game);
    drawStage(room, game, [...late.values()], voteIn(room));
  };
  const sync = () => {
    if (unsettled === 0) game = gameOf(room.state);
    draw();
  };
  const become = (next: Game) => {
    game = next;
    unsettled++;
    draw();
    // A TV that is away for a moment keeps what it is to say; until that is said the room's picture is an old one.
    const settled = () => {
      unsettled--;
      sync();
    };
    room.setState(next).catch(failed).then(settled);
  };

  room.on("message", (data, from) => {
    const said = saidOf(data);
    if (said === null) return;
    if ("late" in said) {
      const { round, winner } = game;
      if (said.late !== round || !winner || winner.id === from.id || late.size >= LATE_MAX) return;
      late.set(from.id, nameOf(from));
      draw();
    } else if ("ms" in said) {
      roster.timed(from, said.ms);
      void corner.then(({ foundAt }) => foundAt(said.at));
    } else showSaid(from, said);
  });

  /** Asks who is first in a round; its time begins with the first phone, and stands still while this screen is away. */
  const ask = (round: number) => {
    if (asked < round) room.poll(buzzerOf(round)).open("first").catch(crossed);
    asked = round;
    if (timed >= round || room.members.size < 2) return;
    timed = round;
    room.timer(buzzerOf(round)).set(ROUND_SECONDS, { pauses: true }).catch(crossed);
  };
  const askOn = () => {
    if (game.winner === null && !game.isUp) ask(game.round);
  };
  room.on("timerDone", (round) => room.poll(round).close().catch(crossed));
  room.on("pollClosed", ({ name, first: id, counts, total }) => {
    if (name !== buzzerOf(game.round)) {
      if (counts?.length) become({ ...game, vote: { title: name, counts } });
    } else if (game.winner !== null) return;
    else if (id === undefined) {
      // Of one that the server has forgotten nobody knows how it ended: it is asked again.
      if (total !== undefined) become({ ...game, isUp: true });
    } else {
      const winner = { id, name: nameOf(room.members.get(id) ?? { name: undefined }) };
      become({ ...game, winner, points: { ...game.points, [id]: pointsOf(game, id) + 1 } });
      room.timer(name).stop().catch(crossed);
      cheer();
    }
  });

  at("confetti").replaceChildren();
  const next = async () => {
    const round = game.round + 1;
    late.clear();
    at("confetti").replaceChildren();
    const before = buzzerOf(game.round);
    if (room.polls.has(before)) {
      room.poll(before).close().catch(crossed);
      room.timer(before).stop().catch(crossed);
    }
    // A phone that hears of the round finds its question there.
    ask(round);
    const here = Object.entries(game.points).filter(([id]) => room.members.has(id));
    become({ round, winner: null, isUp: false, vote: null, points: Object.fromEntries(here) });
  };
  const poll = () => {
    const open = voteIn(room);
    if (open) return room.poll(open.name).close();
    return room
      .poll(`How was round ${game.round}?`)
      .open("choice", { options: ["Good", "Bad"], who: "all", show: "live" });
  };
  for (const [name, run] of Object.entries({ next, poll, lock: () => room.lock(!room.locked).then(draw) })) {
    const pressed = button(name);
    pressed.onclick = () => {
      // Once is enough: it happens when the line is back.
      if (pressed.textContent === WAITS) return;
      void run().catch(failed);
      if (room.status === "away") write(pressed, WAITS);
    };
  }

  room.on("joined", (member) => {
    // A round that ran out while nobody was here is nobody's: who comes finds one that goes.
    if (game.isUp && room.members.size === 2) void next();
    else askOn();
    if (at("toast").textContent?.startsWith(`${nameOf(member)} is out`)) tell("");
  });
  room.on("data", tint);
  for (const event of [
    "joined",
    "left",
    "away",
    "back",
    "data",
    "renamed",
    "locked",
    "poll",
    "tally",
    "audience",
  ] as const)
    room.on(event, draw);
  for (const event of ["fresh", "state"] as const) room.on(event, sync);
  room.on("fresh", () => {
    // What the room does not have was never asked, or the server has forgotten it.
    const round = buzzerOf(game.round);
    asked = room.polls.has(round) ? game.round : 0;
    timed = room.timers.has(round) ? game.round : 0;
    askOn();
  });
  showCountdown(room, at("left"));
  room.on("status", (status) => {
    const isHere = status === "here";
    at("dot").className = `dot ${isHere ? "good" : "warn"}`;
    write("words", isHere ? "Connected" : "Coming back…");
    tv.classList.toggle("adrift", !isHere);
    if (isHere) draw();
  });
  draw();
}
