// Things that happen at parties, played by members of the page: a beginning for who wants to see what the wire says then.
import { createOf, joinOf, type Party } from "./party.ts";
import { type Member, memberOf, type Store } from "./state.ts";

const PATIENCE_MS = 15_000;
const LOOK_MS = 25;
const PAUSE_MS = 350;
/** Long enough that more waits than is kept, at the pace that a host may speak; and no longer: who sleeps on finds its line gone, without the code. */
const SLEEP_MS = 15_000;

/** The preset ends here: something did not come, or somebody pressed Stop. */
class Ended extends Error {}

interface Stage {
  readonly party: Party;
  readonly store: Store;
  isOver(): boolean;
}

interface Preset {
  readonly about: string;
  play(stage: Stage): Promise<void>;
}

export const PRESETS: Readonly<Record<string, Preset>> = {
  "Two phones talking": {
    about: "A TV opens a room, two phones join, and what one says goes to all, or to one.",
    async play(stage) {
      const { say, table } = tableOf(stage);
      const [tv, ann, bob] = await table(2);
      await say(ann, { type: "send", data: { buzz: 1 } });
      await say(bob, { type: "send", to: tv.clientId, data: { guess: "Jupiter" }, id: 1 });
      await say(tv, { type: "send", to: [ann.clientId, bob.clientId], data: { question: 2 } });
      await say(tv, { type: "set_state", data: { round: 2 }, id: 2 });
    },
  },
  "Coming back": {
    about: "A phone is gone without a word, misses three messages, and is told them when it is back.",
    async play(stage) {
      const { say, table, until } = tableOf(stage);
      const [tv, ann] = await table(1);
      stage.party.drop(ann.n);
      await until(() => stage.store.get().rows.some(({ member, type }) => member === tv.n && type === "peer_away"));
      for (let question = 1; question <= 3; question++) await say(tv, { type: "send", data: { question } });
      stage.party.connect(ann.n);
      await until(() =>
        stage.store.get().rows.some(({ member, text }) => member === ann.n && text.includes('"resumed":true')),
      );
    },
  },
  "Host gone": {
    about: "The host of a room with hostGone: migrate is gone, and the next one is host.",
    async play(stage) {
      const { say, table, until, now } = tableOf(stage);
      const [tv, ann] = await table(2, { hostGone: "migrate", away: 0 });
      stage.party.drop(tv.n);
      await until(() => now(ann).isHost);
      await say(ann, { type: "lock", locked: true, id: "as host" });
    },
  },
  "Slow reader": {
    about:
      "A phone falls asleep with its line open while the TV says more than the server keeps for it: it is closed with 4102.",
    async play(stage) {
      const { say, table, until, isOver } = tableOf(stage);
      const [tv, ann] = await table(1);
      stage.party.sleep(ann.n, SLEEP_MS);
      const isAway = () => stage.store.get().rows.some(({ member, type }) => member === tv.n && type === "peer_away");
      for (let n = 0; n < 400 && !isAway() && !isOver(); n++) {
        stage.party.say(tv.n, JSON.stringify({ type: "send", data: { n, picture: "x".repeat(60_000) } }));
        await pause(65);
      }
      await say(tv, { type: "ping" });
      await until(
        () => stage.store.get().rows.some(({ member, text }) => member === ann.n && text.startsWith("closed")),
        40_000,
      );
    },
  },
  "A night": {
    about: "A session of games on top of the room: a game is added, played and voted on, as bots hear it.",
    async play(stage) {
      const { say, table } = tableOf(stage);
      const [tv, ann, bob] = await table(2);
      await say(tv, { type: "session.start", notes: "From the playground" });
      await say(tv, { type: "game.add", title: "Quiz", max_players: 8 });
      await say(tv, { type: "game.start" });
      await say(ann, { type: "vote", vote: "up" });
      await say(bob, { type: "vote", vote: "down" });
      await say(tv, { type: "game.end" });
      await say(tv, { type: "session.end" });
    },
  },
};

/** Plays it, after everybody who was there has gone. */
export async function playPreset(name: string, party: Party, store: Store): Promise<void> {
  const preset = PRESETS[name];
  if (preset === undefined) return;
  party.clear();
  store.set({ playing: name, says: preset.about, type: "send", typed: {}, raw: null, shown: null });
  const isOver = () => store.get().playing !== name;
  try {
    await preset.play({ party, store, isOver });
    if (!isOver()) store.set({ playing: "", says: `${preset.about} That was it: go on from here.` });
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    if (!isOver()) store.set({ playing: "", says: `${name} came to a stop: ${error.message}` });
  }
}

type Guests = readonly [Member, Member, Member];

function tableOf({ party, store, isOver }: Stage) {
  const until = async (holds: () => boolean, ms = PATIENCE_MS) => {
    for (const endAt = performance.now() + ms; !holds(); await pause(LOOK_MS)) {
      if (isOver()) throw new Ended("it was stopped");
      if (performance.now() > endAt) throw new Ended("the server did not answer in time");
    }
  };
  /** As it stands now. */
  const now = (member: Member) => memberOf(store.get(), member.n) ?? member;
  const come = async (first: (member: Member) => string) => {
    const member = party.add(first);
    if (member === null) throw new Ended("there are eight already");
    await until(() => now(member).room !== "" || now(member).standing === "closed" || hasError(store, member));
    if (now(member).room === "") throw new Ended(`${member.name} was not let in`);
    return member;
  };
  return {
    until,
    now,
    isOver,
    async say(member: Member, frame: object) {
      await pause(PAUSE_MS);
      if (isOver()) throw new Ended("it was stopped");
      party.say(member.n, JSON.stringify(frame));
    },
    /** A TV with a room, and so many phones in it. */
    async table(phones: number, more: object = {}): Promise<Guests> {
      const tv = await come((member) => createOf(member, more));
      const guests: Member[] = [];
      while (guests.length < phones) guests.push(await come((member) => joinOf(member, now(tv).room)));
      const [ann = tv, bob = ann] = guests;
      return [tv, ann, bob];
    },
  };
}

function hasError(store: Store, { n }: Member): boolean {
  return store.get().rows.some(({ member, type }) => member === n && type === "error");
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
