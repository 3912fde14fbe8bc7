// What a guest plays with: the buzzer, the vote, three buttons and a line of chat, drawn from the room as it is; of who watches, the vote alone. It
// says what was touched and decides nothing; the TV and the server do.
import { type Member, PartylineError, type Poll, type Room } from "../../clients/js/src/index.ts";
import { showCountdown } from "../shared/countdown.ts";
import { at, button, write } from "../shared/dom.ts";
import {
  type Act,
  buzzerOf,
  COLOURS,
  colourOf,
  gameOf,
  initialOf,
  nameOf,
  pointsOf,
  pointsText,
  VOTES,
  voteIn,
} from "../shared/game.ts";

/** How often at most the TV is told how long the way to it is, in ms. */
const REPORT_MS = 3_000;
/** How long something stands that is said of what was touched, in ms. */
const HINT_MS = 5_000;
/** Tries after which a guest is shown the way to the doctor: some six seconds. */
const TRIES_MANY = 5;

/** How the buzzer looks, what it says, and what stands above it. */
type Standing = readonly [look: string, says: string, standing: string];

/**
 * Draws the room and follows it until it is over.
 * @param isKept whether the seat outlives a reload
 */
export function play(room: Room, isKept: boolean): void {
  const buzz = button("buzz");
  const ballot = at("ballot");
  /** The round that this phone has buzzed in. */
  let buzzed = 0;
  /** How the last question who was first ended: the server says so before the TV does. */
  let ended: Poll | undefined;
  /** A vote that is on its way. */
  let meant: readonly [poll?: Poll, choice?: number] = [];
  let reportedAt = 0;
  let tries = 0;

  let hintTimer = 0;
  const hint = (text: string) => {
    write("hint", text);
    clearTimeout(hintTimer);
    hintTimer = setTimeout(() => write("hint", ""), HINT_MS);
  };
  const refused = (error: unknown) => {
    if (error instanceof PartylineError && error.code !== "over") hint(whyNot(error));
  };

  const drawLine = () => {
    const isHere = room.status === "here";
    at("dot").className = `dot ${isHere ? "good" : "warn"}`;
    write("words", isHere ? "Connected" : navigator.onLine ? "Coming back…" : "No network. Coming back…");
    // Beside what is read aloud: it is another figure every few seconds.
    write("ms", isHere && room.latencyMs !== null ? `, ${room.latencyMs} ms` : "");
    at("help").hidden = isHere || tries < TRIES_MANY;
  };

  const draw = () => {
    const { me, host, isWatching } = room;
    const game = gameOf(room.state);
    const { round } = game;
    const winner = winnerOf(room, ended);
    const face = at("me");
    face.className = `face c${colourOf(me)}`;
    const who = isWatching ? { name: "Watching" } : me;
    write(face, initialOf(who));
    write("myName", nameOf(who));
    write("points", isWatching ? "" : pointsText(pointsOf(game, me.id)));
    at("watch").hidden = !isWatching;
    for (const one of ["buzz", "acts", "chat"]) at(one).hidden = isWatching;

    const open = isWatching
      ? `Round ${round}`
      : host?.here
        ? `Round ${round}: be the first`
        : "The TV is away for a moment…";
    const [look, says, standing]: Standing =
      winner === null
        ? !room.polls.has(buzzerOf(round))
          ? ["lost", "Time is up", "Nobody was first"]
          : buzzed === round
            ? ["sent", room.status === "here" ? "Sent" : "Waiting", open]
            : ["", "Buzz!", open]
        : winner.id === me.id
          ? [`won c${colourOf(me)}`, "First!", "You were first!"]
          : ["lost", "Too late", `${winner.name} was first`];
    buzz.className = look;
    buzz.setAttribute("aria-disabled", `${look !== ""}`);
    write("buzzText", says);
    write("round", standing);

    const vote = voteIn(room);
    ballot.hidden = !vote;
    if (vote) write("question", vote.name);
    const mine = vote === meant[0] ? meant[1] : vote?.answered?.choice;
    for (const [choice, name] of VOTES.entries()) button(name).setAttribute("aria-pressed", `${mine === choice}`);
  };

  const press = () => {
    const { round } = gameOf(room.state);
    const asked = buzzerOf(round);
    if (buzzed === round || room.isWatching || !room.polls.has(asked)) return;
    buzzed = round;
    // Before the first tap on a page browsers allow none, and complain.
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(40);
    room.answer(asked).catch((error) => {
      // Somebody was faster: the TV shows who it was that nearly was.
      if (error.code === "poll_closed") room.cast({ late: round }, room.host?.id);
      else {
        buzzed = 0;
        refused(error);
      }
      draw();
    });
    draw();
  };

  // At the touch and not when the finger is lifted: that is a tenth of a second, and somebody else's point.
  buzz.onpointerdown = (event) => {
    if (event.button === 0) press();
  };
  // Of a keyboard or a screen reader: a pointer has been heard before its click.
  buzz.onclick = press;
  for (const act of ["wave", "clap"] satisfies Act[])
    button(act).onclick = () => {
      if (!room.cast({ act }, room.host?.id)) hint("You are away: nobody saw that.");
    };
  /** Takes the next colour that nobody has who plays; by 0 its own is the first. */
  const paint = (by: number) => {
    const mine = colourOf(room.me);
    const taken = [...room.members.values()].filter(({ isMe, isHost }) => !isMe && !isHost).map(colourOf);
    let colour = mine + by;
    for (let n = COLOURS; n > 0 && taken.includes(colour % COLOURS); n--) colour++;
    colour %= COLOURS;
    if (colour !== mine) room.setData({ colour }).then(draw, refused);
  };
  button("paint").onclick = () => paint(1);
  for (const [choice, name] of VOTES.entries())
    button(name).onclick = () => {
      const vote = voteIn(room);
      if (!vote) return;
      const mine = [vote, choice] as const;
      meant = mine;
      const settle = (error?: unknown) => {
        if (meant !== mine) return;
        meant = [];
        if (error) refused(error);
        else hint("Your vote is counted.");
        draw();
      };
      room.answer(vote.name, choice).then(() => settle(), settle);
      draw();
    };
  button("seat").onclick = () => location.reload();
  const say = at("say", HTMLInputElement);
  at("chat", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    const text = say.value.trim();
    if (text === "") return;
    say.value = "";
    room.send({ say: text }, toTv(room)).then(() => hint("Said on the TV."), refused);
  };
  button("leave").onclick = () => void room.leave();

  const report = (ms: number) => {
    drawLine();
    const now = Date.now();
    if (now - reportedAt > REPORT_MS && room.host && room.cast({ ms, at: location.origin }, room.host))
      reportedAt = now;
  };
  room.on("latency", report);
  room.on("status", (_, line) => {
    tries = line.tries;
    drawLine();
    draw();
  });
  room.on("poll", ({ name, ask }) => {
    // Asked again after a server that has forgotten it.
    if (ask === "first" && name === buzzerOf(buzzed)) buzzed = 0;
  });
  room.on("pollClosed", (poll) => {
    if (poll.ask === "first") ended = poll;
  });
  for (const event of ["fresh", "state", "data", "host", "back", "away", "renamed", "poll", "pollClosed"] as const)
    room.on(event, draw);
  showCountdown(room, at("left"));
  const over = new AbortController();
  room.on("over", () => over.abort());
  const { signal } = over;
  for (const event of ["online", "offline"]) addEventListener(event, drawLine, { signal });
  // At a desk, where nothing has the focus.
  const onKey = ({ key, target }: KeyboardEvent) => {
    if (key === " " && target === document.body) press();
  };
  addEventListener("keydown", onKey, { signal });
  write("room", room.code);
  write("hint", isKept ? "" : "This browser keeps nothing: after a reload you are somebody new.");
  if (room.me.data === undefined && !room.isWatching) paint(0);
  draw();
  drawLine();
}

/** Who was first in this round: as the TV has written it down, or as the server has just said; null: nobody, so far as is known. */
function winnerOf(room: Room, ended: Poll | undefined): { readonly id: string; readonly name: string } | null {
  const { winner, round } = gameOf(room.state);
  const { name, first: id } = ended ?? {};
  if (winner !== null || id === undefined || name !== buzzerOf(round)) return winner;
  return { id, name: nameOf(room.members.get(id) ?? { name: undefined }) };
}

/** To whom a phone speaks: the TV, and all where nobody is host for a moment. */
function toTv({ host }: Room): { readonly to?: Member } {
  return host ? { to: host } : {};
}

function whyNot({ code, retryAfterMs }: PartylineError): string {
  if (code === "unknown") return "Nobody knows whether that arrived.";
  return retryAfterMs === undefined && code !== "queue_full" ? "That did not work." : "Not so fast. One moment.";
}
