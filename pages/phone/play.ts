// What a guest plays with: the buzzer, the vote, three buttons and a line of chat, drawn from the room as it is. It says what was touched and
// decides nothing; the TV and the server do.
import { type Member, PartylineError, type Room } from "../../clients/js/src/index.ts";
import { at, button, write } from "../shared/dom.ts";
import { type Act, COLOURS, colourOf, gameOf, initialOf, nameOf, pointsOf, pointsText } from "../shared/game.ts";

/** How often at most the TV is told how long the way to it is, in ms. */
const REPORT_MS = 3_000;
/** Tries after which a guest is shown the way to the doctor: some six seconds. */
const TRIES_MANY = 5;

/**
 * Draws the room and follows it until it is over.
 * @param isKept whether the seat outlives a reload
 */
export function play(room: Room, isKept: boolean): void {
  const buzz = button("buzz");
  const ballot = at("ballot");
  /** The round that this phone has buzzed in. */
  let buzzed = 0;
  /** Which game this phone has voted on, and how. */
  let voted = { game: 0, vote: "" };
  let reportedAt = 0;
  let tries = 0;

  const hint = (text: string) => write("hint", text);
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
    const { me, host, night } = room;
    const game = gameOf(room.state);
    const { round, winner } = game;
    const isMine = winner?.id === me.id;
    const face = at("me");
    face.className = `face c${colourOf(me)}`;
    write(face, initialOf(me));
    write("myName", nameOf(me));
    write("points", pointsText(pointsOf(game, me.id)));

    const hasBuzzed = buzzed === round;
    const isOpen = winner === null && !hasBuzzed;
    buzz.className = winner === null ? (hasBuzzed ? "sent" : "") : isMine ? `won c${colourOf(me)}` : "lost";
    buzz.setAttribute("aria-disabled", `${!isOpen}`);
    write("buzzText", isOpen ? "Buzz!" : winner === null ? "Sent" : isMine ? "First!" : "Too late");
    const isTvHere = host?.here === true;
    const standing =
      winner === null ? `Round ${round}: be the first` : isMine ? "You were first!" : `${winner.name} was first`;
    write("round", isTvHere || winner !== null ? standing : "The TV is away for a moment…");

    const asked = night?.game;
    ballot.hidden = !asked;
    if (asked) write("question", asked.title);
    for (const vote of ["up", "down"] as const)
      button(vote).setAttribute("aria-pressed", `${asked?.id === voted.game && voted.vote === vote}`);
  };

  const press = () => {
    const { round, winner } = gameOf(room.state);
    if (winner !== null || buzzed === round) return;
    buzzed = round;
    // Before the first tap on a page browsers allow none, and complain.
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(40);
    room.send({ buzz: round }, toTv(room)).catch((error) => {
      buzzed = 0;
      draw();
      refused(error);
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
  button("paint").onclick = () => {
    room.setData({ colour: (colourOf(room.me) + 1) % COLOURS }).then(draw, refused);
  };
  for (const vote of ["up", "down"] as const)
    button(vote).onclick = () => {
      const game = room.night?.game?.id ?? 0;
      const before = voted;
      voted = { game, vote };
      draw();
      room.vote(vote).then(
        () => hint("Your vote is counted."),
        (error) => {
          voted = before;
          draw();
          refused(error);
        },
      );
    };
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
    if (Date.now() - reportedAt < REPORT_MS || room.host === null) return;
    if (room.cast({ ms, at: location.origin }, room.host)) reportedAt = Date.now();
  };
  room.on("latency", report);
  room.on("status", (_, line) => {
    tries = line.tries;
    drawLine();
  });
  for (const event of ["fresh", "state", "data", "host", "back", "away", "session", "renamed"] as const)
    room.on(event, draw);
  const over = new AbortController();
  room.on("over", () => over.abort());
  for (const event of ["online", "offline"]) addEventListener(event, drawLine, { signal: over.signal });
  write("room", room.code);
  hint(isKept ? "" : "This browser keeps nothing: after a reload you are somebody new.");
  draw();
  drawLine();
}

/** To whom a phone speaks: the TV, and all where nobody is host for a moment. */
function toTv(room: Room): { readonly to?: Member } {
  return room.host === null ? {} : { to: room.host };
}

function whyNot({ code, retryAfterMs }: PartylineError): string {
  if (code === "vote_changes_spent") return "You have changed your mind often enough.";
  if (code === "unknown") return "Nobody knows whether that arrived.";
  return retryAfterMs === undefined && code !== "queue_full" ? "That did not work." : "Not so fast. One moment.";
}
