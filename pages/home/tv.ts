// The room on the TV: hears the phones, decides who was first, and has all of it drawn. What the game is stands in the room's state, so a reload
// of this page and a phone that comes late have the picture.
import { PartylineError, type Room } from "../../clients/js/src/index.ts";
import { at, button, keep, write } from "../shared/dom.ts";
import { type Game, gameOf, nameOf, pointsOf, saidOf } from "../shared/game.ts";
import { showCorner } from "./corner.ts";
import { showRoster } from "./roster.ts";
import { showSaid, tint } from "./said.ts";
import { PHONES_MAX } from "./seat.ts";
import { type Asked, cheer, drawStage } from "./stage.ts";

const LATE_MAX = 3;
const TOAST_MS = 6_000;
const WAITS = "Waits for the server…";
/** Of a session that is over the server tells a reloaded page nothing: the screen keeps the result of its vote by itself. */
const tab = keep(() => sessionStorage);

/** Makes the page this room's TV, until the room is over. */
export function showTv(room: Room): void {
  const tv = at("tv");
  const lock = button("lock");
  /** By who it was. */
  const late = new Map<string, readonly [name: string, ms: number]>();
  let wonAt = 0;
  let toastTimer: ReturnType<typeof setTimeout> | undefined;
  /** What is drawn and decided by: what the room keeps, and before the server has it what it shall keep. */
  let game = gameOf(room.state);
  let unsettled = 0;
  let asked: Asked | null = JSON.parse(tab.get(room.code) || "null");

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
    asked = room.night?.game ?? asked;
    tab.set(room.code, JSON.stringify(asked));
    // The corner is for who comes late: as long as nobody is here, how to join is all there is to show.
    tv.dataset.mode = room.members.size > 1 ? "play" : "lobby";
    lock.setAttribute("aria-pressed", `${room.locked}`);
    write(lock, room.locked ? "Unlock the room" : "Lock the room");
    write("next", "New round");
    write("poll", room.night === null ? "Start a vote" : "End the vote");
    // No way in that nobody can go: who is here already, and who comes back, gets in all the same.
    at("qr").dataset.shut = room.locked ? "Locked" : room.members.size > PHONES_MAX ? "Full" : "";
    roster.draw(game);
    drawStage(room, game, [...late.values()], asked);
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
    if ("buzz" in said) buzzed(said.buzz, from.id, nameOf(from));
    else if ("ms" in said) {
      roster.timed(from, said.ms);
      void corner.then(({ foundAt }) => foundAt(said.at));
    } else showSaid(from, said);
  });

  const buzzed = (round: number, id: string, name: string) => {
    const { winner, points } = game;
    if (round !== game.round) return;
    if (winner === null) {
      wonAt = performance.now();
      become({ round, winner: { id, name }, points: { ...points, [id]: pointsOf(game, id) + 1 } });
      cheer();
    } else if (winner.id !== id && late.size < LATE_MAX && !late.has(id)) {
      late.set(id, [name, performance.now() - wonAt]);
      draw();
    }
  };

  at("confetti").replaceChildren();
  const next = async () => {
    late.clear();
    asked = null;
    at("confetti").replaceChildren();
    const here = Object.entries(game.points).filter(([id]) => room.members.has(id));
    become({ round: game.round + 1, winner: null, points: Object.fromEntries(here) });
  };
  const poll = async () => {
    if (room.night !== null) await room.session.end();
    else {
      await room.session.start();
      await room.session.addGame({ title: `How was round ${game.round}?` });
    }
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
    if (at("toast").textContent?.startsWith(`${nameOf(member)} is out`)) tell("");
  });
  room.on("data", tint);
  for (const event of ["joined", "left", "away", "back", "data", "renamed", "session", "locked"] as const)
    room.on(event, draw);
  for (const event of ["fresh", "state"] as const) room.on(event, sync);
  room.on("status", (status) => {
    const isHere = status === "here";
    at("dot").className = `dot ${isHere ? "good" : "warn"}`;
    write("words", isHere ? "Connected" : "Coming back…");
    tv.classList.toggle("adrift", !isHere);
    if (isHere) draw();
  });
  draw();
}
