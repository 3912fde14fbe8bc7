// What a guest plays with: the buzzer, the vote, three buttons and a line of chat, drawn from the room as it is. It says what was touched and
// decides nothing; the TV and the server do.
import { type Member, PartylineError, type Room } from "../../clients/js/src/index.ts";
import { at, button, write } from "../shared/dom.ts";
import { type Act, COLOURS, colourOf, gameOf, initialOf, nameOf, pointsOf, pointsText } from "../shared/game.ts";

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
  /** The round that this phone has buzzed in, and the one of which the server has heard that. */
  let buzzed = 0;
  let heard = 0;
  /** Which game this phone has voted on, and how. */
  let voted = { game: 0, vote: "" };
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
    const { me, host, night } = room;
    const game = gameOf(room.state);
    const { round, winner } = game;
    const face = at("me");
    face.className = `face c${colourOf(me)}`;
    write(face, initialOf(me));
    write("myName", nameOf(me));
    write("points", pointsText(pointsOf(game, me.id)));

    const open = host?.here ? `Round ${round}: be the first` : "The TV is away for a moment…";
    const [look, says, standing]: Standing =
      winner === null
        ? buzzed === round
          ? ["sent", heard === round ? "Sent" : "Waiting", open]
          : ["", "Buzz!", open]
        : winner.id === me.id
          ? [`won c${colourOf(me)}`, "First!", "You were first!"]
          : ["lost", "Too late", `${winner.name} was first`];
    buzz.className = look;
    buzz.setAttribute("aria-disabled", `${look !== ""}`);
    write("buzzText", says);
    write("round", standing);

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
    const settle = (error?: unknown) => {
      heard = round;
      if (error) {
        buzzed = 0;
        refused(error);
      }
      draw();
    };
    room.send({ buzz: round }, toTv(room)).then(() => settle(), settle);
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
  for (const vote of ["up", "down"] as const)
    button(vote).onclick = () => {
      const before = voted;
      const mine = { game: room.night?.game?.id ?? 0, vote };
      voted = mine;
      // Whoever is faster than a vote may be changed means it all the same, unless he touches again.
      const cast = () => {
        const hear = (error: PartylineError) => {
          if (voted !== mine) return;
          if (error.retryAfterMs) setTimeout(cast, error.retryAfterMs);
          else {
            voted = before;
            draw();
            refused(error);
          }
        };
        if (voted === mine) room.vote(vote).then(() => hint("Your vote is counted."), hear);
      };
      cast();
      draw();
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
    const now = Date.now();
    if (now - reportedAt > REPORT_MS && room.host && room.cast({ ms, at: location.origin }, room.host))
      reportedAt = now;
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
  const { signal } = over;
  for (const event of ["online", "offline"]) addEventListener(event, drawLine, { signal });
  // At a desk, where nothing has the focus.
  const onKey = ({ key, target }: KeyboardEvent) => {
    if (key === " " && target === document.body) press();
  };
  addEventListener("keydown", onKey, { signal });
  write("room", room.code);
  write("hint", isKept ? "" : "This browser keeps nothing: after a reload you are somebody new.");
  if (room.me.data === undefined) paint(0);
  draw();
  drawLine();
}

/** To whom a phone speaks: the TV, and all where nobody is host for a moment. */
function toTv({ host }: Room): { readonly to?: Member } {
  return host ? { to: host } : {};
}

function whyNot({ code, retryAfterMs }: PartylineError): string {
  if (code === "vote_changes_spent") return "You have changed your vote often enough.";
  if (code === "unknown") return "Nobody knows whether that arrived.";
  return retryAfterMs === undefined && code !== "queue_full" ? "That did not work." : "Not so fast. One moment.";
}
