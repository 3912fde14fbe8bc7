// Typical party games, as the wire sees them: who says how much how often, and to whom. A figure that games differ in is taken at its
// upper end, as what a game at default limits must never be paused for.

/** One kind of frame of a game. */
export interface Talk {
  readonly by: "host" | "phones";
  readonly to: "all" | "host" | "state";
  /** Of each who says it. */
  readonly perSecond: number;
  /** Of `data`, about. */
  readonly bytes: number;
  /** All of them in the same moment: a question that everybody answers, a buzzer. */
  readonly isAtOnce?: boolean;
}

export interface Game {
  readonly name: string;
  readonly phones: number;
  readonly talks: readonly Talk[];
  /** Why these figures. */
  readonly why: string;
}

const phones = (to: "all" | "host", perSecond: number, bytes: number, isAtOnce = false): Talk => {
  return { by: "phones", to, perSecond, bytes, isAtOnce };
};
const host = (to: "all" | "state", perSecond: number, bytes: number): Talk => ({ by: "host", to, perSecond, bytes });

export const DISPLAY: Game = {
  name: "display",
  phones: 8,
  talks: [host("all", 60, 512), phones("host", 25, 100)],
  why: "a screen that tells every frame to its controllers, which move 25 times a second",
};

export const GAMES: readonly Game[] = [
  {
    name: "quiz",
    phones: 8,
    talks: [host("all", 0.05, 600), phones("host", 0.05, 60, true)],
    why: "a question every 20 s, and everybody's answer in the same second",
  },
  {
    name: "drawing",
    phones: 8,
    talks: [phones("all", 30, 120)],
    why: "a stroke's points thirty times a second, as drawing pages throttle, shown to everyone",
  },
  {
    name: "racing",
    phones: 8,
    talks: [phones("host", 60, 60)],
    why: "a controller that sends with every frame of a 60 Hz phone",
  },
  {
    name: "buzzer",
    phones: 8,
    talks: [host("all", 0.2, 100), phones("host", 0.2, 40, true)],
    why: "all press in the same moment, and the host says who was first",
  },
  {
    name: "bluffing",
    phones: 8,
    talks: [host("all", 0.5, 1_200), phones("host", 0.1, 400)],
    why: "typed answers of a few lines, and the list of them told to all",
  },
  {
    name: "trivia",
    phones: 8,
    talks: [host("all", 10, 300), phones("host", 0.2, 60)],
    why: "a host that tells clock and scores ten times a second",
  },
  {
    name: "cards",
    phones: 6,
    talks: [phones("host", 2, 150), host("all", 2, 800)],
    why: "two moves a second at the quickest, and the table after each",
  },
  {
    name: "music",
    phones: 8,
    talks: [phones("host", 25, 60)],
    why: "taps and tilts at 25 a second, as rhythm games sample",
  },
  {
    name: "board",
    phones: 4,
    talks: [host("state", 1, 16_000), phones("host", 1, 100)],
    why: "a board as large as a state may be, replaced once a second",
  },
  {
    name: "audience",
    phones: 50,
    talks: [phones("host", 2, 40), host("all", 2, 300)],
    why: "fifty phones that vote as often as they can tap, and the bars told twice a second",
  },
];
