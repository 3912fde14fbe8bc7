// Polls, shown on the core alone: who is asked, one answer an identity, exact counts, and an end that is told once.
import { describe, expect, spyOn, test } from "bun:test";
import { WIRE } from "../../../src/limits/table.ts";
import type { Answer, Question } from "../../../src/protocol/polls.ts";
import { ANSWER_BYTES } from "../../../src/rooms/crowd/poll.ts";
import { TALLIES_LEFT_OUT_MAX, TALLY_MS } from "../../../src/rooms/crowd/polls.ts";
import { TEXTS_AT_ONCE_MAX, TEXTS_MS } from "../../../src/rooms/crowd/texts.ts";
import { Delivery } from "../../../src/rooms/delivery.ts";
import { core, nameOf } from "../../support/core.ts";
import { NotebookLine } from "../../support/notebook.ts";
import { randomFrom, seedOf } from "../../support/random.ts";
import { reborn } from "../../support/restart.ts";

const RULES = { awayMs: 30_000, historyMax: 64, audienceMax: 100 };

function question(more: Partial<Question> = {}): Question {
  return { poll: "q", ask: "choice", options: ["A", "B", "C"], who: "members", changes: true, show: "end", ...more };
}

/** A room with a display, Ann and Bob, and somebody who watches. */
function house(limits = {}, rules = {}) {
  const parts = core(limits);
  const { line: tv, code } = parts.create("tv", { secret: "tv's", rules: { ...RULES, ...rules } });
  const { line: ann } = parts.join(code, "ann", { secret: "ann's" });
  const { line: bob } = parts.join(code, "bob");
  const { line: eve } = parts.join(code, "eve", { as: "audience", secret: "eve's" });
  const all = [tv, ann, bob, eve];
  for (const line of all) line.heard();
  const open = (more: Partial<Question> = {}, ms: number | null = null) =>
    parts.ask(tv, { kind: "pollOpen", question: question(more), ms }, "1");
  const answer = (line: NotebookLine, value: Answer, poll = "q") =>
    nameOf(parts.ask(line, { kind: "answer", poll, value }, "1"));
  const close = (poll = "q") => parts.ask(tv, { kind: "pollClose", poll }, "1");
  /** What each of them heard of that kind since it was last asked. */
  const heard = (kind: string) => all.map((line) => line.heard().filter((event) => event.kind === kind));
  const room = () => {
    const found = parts.rooms.at(code);
    if (found === null) throw new Error("the room is gone");
    return found;
  };
  return { ...parts, code, tv, ann, bob, eve, open, answer, close, heard, room };
}

describe("a question", () => {
  test("[C10] all hear it, whoever is asked, and a newcomer finds it", () => {
    const { open, heard, join, code } = house();
    expect(open({ who: "players" })).toMatchObject({ kind: "ack", delivered: 3 });
    const poll = { kind: "poll", question: question({ who: "players" }), endsAt: null } as const;
    expect(heard("poll")).toEqual([[poll], [poll], [poll], [poll]]);
    expect(join(code, "cat").answer).toMatchObject({
      picture: { crowd: { polls: [{ question: poll.question, answered: null }] } },
    });
    expect(join(code, "fox", { as: "audience" }).answer).toMatchObject({
      crowd: { polls: [{ question: poll.question }] },
    });
  });

  test("[C10] its name is one that no open poll has, and so many are open at most", () => {
    const { open, close } = house();
    open();
    expect(nameOf(open())).toBe("bad_field");
    for (let n = 1; n < WIRE.pollsMax; n++) expect(nameOf(open({ poll: `${n}` }))).toBe("ack");
    expect(nameOf(open({ poll: "x" }))).toBe("too_many_polls");
    close();
    expect(nameOf(open({ poll: "q" }))).toBe("ack");
  });

  test("[C10] it is the host's to ask and to close", () => {
    const { ask, ann, eve, open } = house();
    open();
    for (const line of [ann, eve]) {
      const expected = line === ann ? "not_host" : "not_in_room";
      expect(nameOf(ask(line, { kind: "pollOpen", question: question({ poll: "x" }), ms: null }))).toBe(expected);
      expect(nameOf(ask(line, { kind: "pollClose", poll: "q" }))).toBe(expected);
    }
  });

  test("[C11] who is asked may answer, and nobody else", () => {
    const asked = { members: [1, 1, 1, 0], players: [0, 1, 1, 0], audience: [0, 0, 0, 1], all: [1, 1, 1, 1] } as const;
    for (const [who, may] of Object.entries(asked)) {
      const { open, answer, tv, ann, bob, eve } = house();
      open({ who: who as Question["who"] });
      const names = [tv, ann, bob, eve].map((line) => answer(line, { choice: 0 }));
      expect([who, ...names]).toEqual([who, ...may.map((one) => (one ? "ack" : "not_asked"))]);
    }
  });

  test("[C11] who answers a poll that is not there, or was closed, is told which", () => {
    const { open, answer, close, ann } = house();
    expect(answer(ann, { choice: 0 })).toBe("poll_not_found");
    open();
    expect(answer(ann, { choice: 0 }, "x")).toBe("poll_not_found");
    close();
    expect(answer(ann, { choice: 0 })).toBe("poll_closed");
    expect(nameOf(close())).toBe("poll_closed");
    expect(nameOf(close("x"))).toBe("poll_not_found");
    for (let n = 0; n < 32; n++) {
      open({ poll: `${n}` });
      close(`${n}`);
    }
    expect(answer(ann, { choice: 0 })).toBe("poll_not_found");
    expect(answer(ann, { choice: 0 }, "0")).toBe("poll_closed");
  });
});

describe("an answer", () => {
  test("[C12] is as the poll asks, or names the field that is not", () => {
    const right = {
      choice: [{ choice: 2 }],
      many: [{ choices: [2, 0] }],
      number: [{ number: 0 }, { number: 1_000 }],
      text: [{ text: "Ann" }],
    };
    for (const [ask, values] of Object.entries(right)) {
      const { open, answer, ann } = house();
      const options = ["choice", "many"].includes(ask) ? ["A", "B", "C"] : [];
      open({ ask: ask as Question["ask"], options });
      for (const value of values) expect([ask, answer(ann, value)]).toEqual([ask, "ack"]);
      const wrong: Answer[] = [{}, { choice: 3 }, { choices: [0, 3] }];
      for (const other of ["choice", "many", "number", "text"] as const)
        if (other !== ask) wrong.push(right[other][0] as Answer);
      for (const value of wrong) expect([ask, value, answer(ann, value)]).toEqual([ask, value, "bad_field"]);
    }
  });

  test("[C12][C13] another one replaces it, and counts are of the last ones", () => {
    const { open, answer, room, ann, bob } = house();
    open({ ask: "many" });
    answer(ann, { choices: [0, 1] });
    answer(bob, { choices: [1] });
    answer(ann, { choices: [2] });
    expect(room().picture("tv").crowd?.polls?.[0]?.counts).toEqual({ counts: [0, 1, 1], total: 2 });
    expect(room().picture("ann").crowd?.polls?.[0]?.answered).toEqual({ choices: [2] });
  });

  test("[C12] stands where `changes` is false; the same again changes nothing", () => {
    const { open, answer, ann, clock, tv } = house();
    open({ changes: false });
    expect(answer(ann, { choice: 1 })).toBe("ack");
    clock.advance(TALLY_MS);
    tv.heard();
    expect(answer(ann, { choice: 0 })).toBe("answered_already");
    expect(answer(ann, { choice: 1 })).toBe("ack");
    clock.advance(TALLY_MS);
    expect(tv.heard()).toEqual([]);
  });

  test("[C12] who has answered and gave up its place keeps its name until the poll is closed", () => {
    const { open, answer, close, relay, ask, tv, ann, eve, join, code, room } = house({}, { awayMs: 0, historyMax: 0 });
    const bytes = room().kept.bytes;
    open({ ask: "text", options: [], who: "all" });
    for (const line of [ann, eve]) answer(line, { text: "for the host alone" });
    // Of who is put out and may come back it is as of who leaves.
    ask(tv, { kind: "kick", clientId: "ann", reason: null, ban: false });
    relay.gone(eve, "lost");
    const tries = (secret: string) =>
      ["ann", "eve"].flatMap((clientId) => [
        join(code, clientId, { secret, as: "audience" }),
        join(code, clientId, { secret }),
      ]);
    for (const { answer } of tries("mallory's")) expect(answer).toMatchObject({ name: "wrong_secret" });
    const back = join(code, "eve", { secret: "eve's", as: "audience" });
    expect(back.answer).toMatchObject({ crowd: { polls: [{ answered: { text: "for the host alone" } }] } });
    ask(back.line, { kind: "leave" });
    close();
    // Now it is anybody's.
    for (const { line, answer } of tries("mallory's")) {
      expect(["watching", "joined"]).toContain(answer?.kind ?? "");
      ask(line, { kind: "leave" });
    }
    expect(room().kept.bytes).toBeLessThanOrEqual(bytes);
  });

  test("[C12][R48] its name is kept over a restart, and one without a secret is known by its name", () => {
    const it = house();
    it.open({ ask: "text", options: [], who: "all" });
    for (const line of [it.ann, it.bob, it.eve]) {
      it.answer(line, { text: "for the host alone" });
      it.ask(line, { kind: "leave" });
    }
    const next = reborn(it, { isWhole: false });
    for (const clientId of ["ann", "eve"]) {
      expect(next.join(it.code, clientId, { secret: "mallory's" }).answer).toMatchObject({ name: "wrong_secret" });
      expect(next.join(it.code, clientId, { secret: `${clientId}'s` }).answer?.kind).toBe("joined");
    }
    expect(next.join(it.code, "bob", { secret: "another" }).answer?.kind).toBe("joined");
  });

  test("[C7][C12] nor does anybody get the name of one who watched, when it has been away for too long", () => {
    const { open, answer, relay, clock, eve, join, code } = house();
    open({ who: "all" });
    answer(eve, { choice: 1 });
    relay.gone(eve, "lost");
    clock.advance(30_000);
    expect(join(code, "eve", { secret: "mallory's", as: "audience" }).answer).toMatchObject({ name: "wrong_secret" });
    expect(join(code, "eve", { secret: "eve's", as: "audience" }).answer).toMatchObject({ kind: "watching" });
  });

  test("[C2][C12] of those who watch from one address no more can answer than may watch, however often they come anew", () => {
    const { open, answer, close, join, ask, code, room, ann, eve } = house({ audiencePerAddressMax: 3 });
    open({ who: "all" });
    expect(answer(eve, { choice: 0 })).toBe("ack");
    const said = Array.from({ length: 6 }, (_, n) => {
      const { line } = join(code, `w${n}`, { as: "audience" });
      const first = answer(line, { choice: 0 });
      const again = answer(line, { choice: 1 });
      ask(line, { kind: "leave" });
      return [first, again];
    });
    const [taken, no] = [
      ["ack", "ack"],
      ["answered_already", "answered_already"],
    ];
    expect(said).toEqual([taken, taken, no, no, no, no]);
    // Those who have answered may change it, members are counted by their seats, and another question is another.
    expect([answer(eve, { choice: 2 }), answer(ann, { choice: 2 })]).toEqual(["ack", "ack"]);
    expect(room().picture("tv").crowd?.polls?.[0]?.counts).toEqual({ counts: [0, 2, 2], total: 4 });
    close();
    open({ poll: "next", who: "all" });
    const { line } = join(code, "w6", { as: "audience" });
    expect(answer(line, { choice: 0 }, "next")).toBe("ack");
  });

  test("[C12] one identity counts once, also after a lost line, `leave` and a new join", () => {
    const { open, answer, room, relay, join, ask, code, ann, bob, eve } = house();
    open({ who: "all" });
    for (const line of [ann, bob, eve]) answer(line, { choice: 0 });
    relay.gone(ann, "lost");
    ask(bob, { kind: "leave" });
    relay.gone(eve, "lost");
    const back = [
      join(code, "ann", { secret: "ann's" }).line,
      join(code, "bob").line,
      join(code, "eve", { secret: "eve's", as: "audience" }).line,
    ];
    for (const line of back) expect(answer(line, { choice: 1 })).toBe("ack");
    expect(room().picture("tv").crowd?.polls?.[0]?.counts).toEqual({ counts: [0, 3, 0], total: 3 });
  });

  test("[C13] of numbers there are tenths, a sum, and how many", () => {
    const { open, answer, room, tv, ann, bob } = house();
    open({ ask: "number", options: [] });
    answer(tv, { number: 1_000 });
    answer(ann, { number: 99 });
    answer(bob, { number: 100 });
    answer(bob, { number: 900 });
    const counts = [1, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    expect(room().picture("tv").crowd?.polls?.[0]?.counts).toEqual({ counts, total: 3, sum: 1_999 });
  });

  test("[C13] counts are those of the answers, however they were replaced", () => {
    const seed = seedOf("POLLS_SEED");
    const random = randomFrom(seed);
    for (const ask of ["choice", "many", "number"] as const) {
      const { open, answer, close, heard, join, code } = house({}, { audienceMax: 100 });
      open({ ask, who: "all", options: ask === "number" ? [] : ["A", "B", "C", "D"] });
      const lines = Array.from({ length: 20 }, (_, n) => join(code, `w${n}`, { as: "audience" }).line);
      const last = new Map<NotebookLine, Answer>();
      for (let step = 0; step < 200; step++) {
        const line = random.pick(lines);
        const places = [0, 1, 2, 3].filter(() => random.chance(0.5));
        const value =
          ask === "choice"
            ? { choice: random.below(4) }
            : ask === "many"
              ? { choices: places.length > 0 ? places : [0] }
              : { number: random.below(1_001) };
        expect(answer(line, value)).toBe("ack");
        last.set(line, value);
      }
      const answers = [...last.values()];
      const times = (hits: (one: Answer) => boolean) => answers.filter(hits).length;
      const counts =
        ask === "number"
          ? Array.from({ length: 10 }, (_, n) => times((one) => Math.min(9, Math.floor((one.number ?? 0) / 100)) === n))
          : [0, 1, 2, 3].map((n) => times((one) => one.choice === n || one.choices?.includes(n) === true));
      const sum = answers.reduce((all, one) => all + (one.number ?? 0), 0);
      close();
      const [[closed]] = heard("pollClosed") as [[unknown]];
      expect({ seed, closed }).toEqual({
        seed,
        closed: {
          kind: "pollClosed",
          poll: "q",
          counts: { counts, total: last.size, ...(ask === "number" && { sum }) },
        },
      });
    }
  });
});

describe("who sees the counts", () => {
  const counts = { counts: [1, 0, 0], total: 1 };
  const tally = { kind: "tally", poll: "q", counts } as const;

  test("[C14][C18] end: the host while it is open, then all", () => {
    const { open, answer, close, heard, clock, ann, room } = house();
    open();
    answer(ann, { choice: 0 });
    clock.advance(TALLY_MS);
    expect(heard("tally")).toEqual([[tally], [], [], []]);
    expect(room().picture("ann").crowd?.polls?.[0]?.counts).toBeNull();
    close();
    const closed = { kind: "pollClosed", poll: "q", counts } as const;
    expect(heard("pollClosed")).toEqual([[closed], [closed], [closed], [closed]]);
  });

  test("[C14][C18] live: all, at any time", () => {
    const { open, answer, heard, clock, ann, room, join, code } = house();
    open({ show: "live" });
    answer(ann, { choice: 0 });
    clock.advance(TALLY_MS);
    expect(heard("tally")).toEqual([[tally], [tally], [tally], [tally]]);
    expect(room().picture("ann").crowd?.polls?.[0]?.counts).toEqual(counts);
    expect(join(code, "fox", { as: "audience" }).answer).toMatchObject({ crowd: { polls: [{ counts }] } });
  });

  test("[C14] host: the host alone, also at its end, and with a number of its own", () => {
    const { open, answer, close, clock, tv, ann, eve } = house();
    open({ show: "host" });
    answer(ann, { choice: 0 });
    clock.advance(TALLY_MS);
    for (const line of [tv, ann, eve]) line.heard();
    close();
    const [own] = tv.heardNumbered();
    const [other] = ann.heardNumbered();
    expect(own?.event).toEqual({ kind: "pollClosed", poll: "q", counts });
    expect(other?.event).toEqual({ kind: "pollClosed", poll: "q", counts: null });
    expect(own?.seq).toBe((other?.seq ?? 0) + 1);
    expect(eve.heard()).toEqual([{ kind: "pollClosed", poll: "q", counts: null }]);
  });

  test("[C14][R33] a host that was away is told the counts that are its own, and nobody else is", () => {
    const { open, answer, clock, relay, join, code, tv, ann, bob } = house();
    open({ show: "host" }, 1_000);
    const since = tv.heardNumbered().at(-1)?.seq ?? 0;
    answer(ann, { choice: 0 });
    clock.advance(500);
    relay.gone(tv, "lost");
    relay.gone(bob, "lost");
    clock.advance(5_000);
    const room = join(code, "x").answer;
    const missed = (clientId: string, secret?: string) => {
      const back = join(code, clientId, {
        ...(secret !== undefined && { secret }),
        since: { seq: since, epoch: room?.kind === "joined" ? room.picture.epoch : "" },
      }).answer;
      const all = back?.kind === "joined" ? (back.missed ?? []) : [];
      return all.map(({ event }) => event).filter(({ kind }) => kind === "pollClosed");
    };
    expect(missed("tv", "tv's")).toEqual([{ kind: "pollClosed", poll: "q", counts }]);
    expect(missed("bob")).toEqual([{ kind: "pollClosed", poll: "q", counts: null }]);
  });

  test("[C15] four times a second at most, however many answer, and the last is exact", () => {
    const { open, answer, clock, tv, ann, bob } = house();
    open();
    tv.heard();
    const tallies = () => tv.heard().flatMap((event) => (event.kind === "tally" ? [event.counts] : []));
    for (let n = 0; n < 100; n++) answer(n % 2 === 0 ? ann : bob, { choice: n % 3 });
    expect(tallies()).toEqual([]);
    clock.advance(TALLY_MS - 1);
    expect(tallies()).toEqual([]);
    clock.advance(1);
    expect(tallies()).toEqual([{ counts: [1, 0, 1], total: 2 }]);
    clock.advance(10 * TALLY_MS);
    expect(tallies()).toEqual([]);
    answer(ann, { choice: 1 });
    clock.advance(TALLY_MS);
    expect(tallies()).toEqual([{ counts: [1, 1, 0], total: 2 }]);
  });

  test("[C15][L26] while the room owes, all are told one of nine that are for all, and the host alone hears each of its own", () => {
    const { open, answer, clock, ann, heard, room } = house();
    open({ show: "live" });
    open({ poll: "host's", show: "end" });
    heard("poll");
    room().outgoing.left = -Number.MAX_SAFE_INTEGER;
    const told = [];
    for (let n = 0; n < 2 * (TALLIES_LEFT_OUT_MAX + 1); n++) {
      answer(ann, { choice: n % 3 });
      answer(ann, { choice: n % 3 }, "host's");
      clock.advance(TALLY_MS);
      told.push(heard("tally").map((events) => events.length));
    }
    const [ofOne, ofAll] = [
      [1, 0, 0, 0],
      [2, 1, 1, 1],
    ];
    const round = [...Array.from({ length: TALLIES_LEFT_OUT_MAX }, () => ofOne), ofAll];
    expect(told).toEqual([...round, ...round]);
  });

  test("[C15] a tally that is due comes before the end", () => {
    const { open, answer, close, tv, ann } = house();
    open();
    tv.heard();
    answer(ann, { choice: 0 });
    close();
    expect(tv.heard().map(({ kind }) => kind)).toEqual(["tally", "pollClosed"]);
  });
});

describe("texts", () => {
  test("[C16] the host is told of so many in a while, of each identity the last one, and of all before the end", () => {
    const { open, answer, close, clock, tv, ann, bob, eve } = house();
    open({ ask: "text", options: [], who: "all" });
    const told = () => tv.heard().flatMap((event) => (event.kind === "answered" ? [event.text] : []));
    told();
    const texts = Array.from({ length: TEXTS_AT_ONCE_MAX }, (_, n) => `ann ${n}`);
    for (const text of texts) answer(ann, { text });
    // Nobody waits who need not.
    expect(told()).toEqual(texts);
    for (let n = 0; n < 3; n++) {
      answer(bob, { text: `bob ${n}` });
      answer(eve, { text: `eve ${n}` });
    }
    expect(told()).toEqual([]);
    clock.advance(TEXTS_MS - 1);
    expect(told()).toEqual([]);
    clock.advance(1);
    expect(told()).toEqual(["bob 2", "eve 2"]);
    clock.advance(10 * TEXTS_MS);
    expect(told()).toEqual([]);
    for (const text of texts) answer(ann, { text: `${text}!` });
    answer(bob, { text: "bob's last" });
    told();
    close();
    expect(tv.heard().map((event) => (event.kind === "answered" ? event.text : event.kind))).toEqual([
      "bob's last",
      "tally",
      "pollClosed",
    ]);
  });

  test("[C16] of what came to a host that is gone nothing is told after what its heir finds", () => {
    const { open, answer, ask, clock, tv, bob, heard } = house();
    open({ ask: "text", options: [], who: "all" });
    for (let n = 0; n <= TEXTS_AT_ONCE_MAX; n++) answer(bob, { text: `${n}` });
    heard("answered");
    expect(nameOf(ask(tv, { kind: "makeHost", clientId: "ann" }, "1"))).toBe("ack");
    clock.advance(10 * TEXTS_MS);
    expect(heard("answered").map((events) => events.length)).toEqual([0, 1, 0, 0]);
  });

  test("[C16] go to the host alone, who finds all that came when it comes back", () => {
    const { open, answer, heard, relay, join, code, tv, ann, eve } = house();
    open({ ask: "text", options: [], who: "all", show: "live" });
    heard("poll");
    answer(ann, { text: "a cat" });
    const told = { kind: "answered", poll: "q", clientId: "ann", text: "a cat" } as const;
    expect(heard("answered")).toEqual([[told], [], [], []]);
    relay.gone(tv, "lost");
    answer(eve, { text: "a dog" });
    answer(ann, { text: "two cats" });
    const texts = [
      { from: "ann", text: "two cats" },
      { from: "eve", text: "a dog" },
    ];
    expect(join(code, "cat").answer).toMatchObject({ picture: { crowd: { polls: [{ texts: null }] } } });
    expect(join(code, "tv", { secret: "tv's" }).answer).toMatchObject({ picture: { crowd: { polls: [{ texts }] } } });
  });

  test("[C16] who becomes host while it is here is told them, and the counts that are the host's", () => {
    const { open, answer, ask, tv, ann, bob } = house();
    open({ ask: "text", options: [] });
    open({ poll: "c" });
    answer(bob, { text: "a cat" });
    answer(bob, { choice: 1 }, "c");
    ann.heard();
    ask(tv, { kind: "makeHost", clientId: "ann" });
    expect(ann.heard().slice(1)).toEqual([
      { kind: "tally", poll: "q", counts: { counts: [], total: 1 } },
      { kind: "answered", poll: "q", clientId: "bob", text: "a cat" },
      { kind: "tally", poll: "c", counts: { counts: [0, 1, 0], total: 1 } },
    ]);
  });

  test("[C16] so many are kept, and what is one too many is refused", () => {
    const { open, answer, join, code, close, kept } = house({}, { audienceMax: 5_000, historyMax: 0 });
    const empty = kept.bytes;
    open({ ask: "text", options: [], who: "audience" });
    const text = "x".repeat(140);
    let taken = 0;
    for (let n = 0; n < 5_000; n++) {
      const { line } = join(code, `w${`${n}`.padStart(35, "0")}`, {
        as: "audience",
        line: new NotebookLine("party", `192.0.2.${n % 250}`),
      });
      const name = answer(line, { text });
      if (name !== "ack") {
        expect(name).toBe("too_large");
        break;
      }
      taken++;
    }
    const each = ANSWER_BYTES + 36 + 140;
    expect(taken).toBe(Math.floor((WIRE.textsBytesMax - 601) / each));
    const watching = kept.bytes - empty - taken * each;
    close();
    // Each of 250 addresses is counted too.
    expect(kept.bytes - empty).toBe(watching - 601 - 250 * 100);
  });
});

describe("its end", () => {
  test("[C17] comes by itself when its time is over, once", () => {
    const { open, heard, clock, close, code, join } = house();
    const now = clock.now();
    open({}, 25_000);
    expect(heard("poll")[1]).toEqual([{ kind: "poll", question: question(), endsAt: now + 25_000 }]);
    clock.advance(24_999);
    expect(heard("pollClosed").flat()).toEqual([]);
    expect(join(code, "cat").answer).toMatchObject({ picture: { crowd: { polls: [{ endsAt: now + 25_000 }] } } });
    clock.advance(1);
    expect(heard("pollClosed").map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(nameOf(close())).toBe("poll_closed");
    clock.advance(60_000);
    expect(heard("pollClosed").flat()).toEqual([]);
  });

  test("[C17] comes with the first answer of a `first`, and says whose it was", () => {
    const { open, answer, heard, ann, bob, eve } = house();
    open({ ask: "first", options: [], who: "all" });
    expect(answer(eve, {})).toBe("ack");
    expect(answer(ann, {})).toBe("poll_closed");
    expect(answer(bob, {})).toBe("poll_closed");
    const closed = { kind: "pollClosed", poll: "q", counts: { counts: [], total: 1, first: "eve" } };
    expect(heard("pollClosed")).toEqual([[closed], [closed], [closed], [closed]] as never);
  });

  test("[C17][C19] nothing is told of the polls of a room that has ended, and nothing of them stays counted", () => {
    const { open, answer, ask, clock, kept, tv, ann } = house();
    open({ show: "live" }, 1_000);
    answer(ann, { choice: 0 });
    const told = spyOn(Delivery.prototype, "tellNow");
    ask(tv, { kind: "closeRoom", reason: null });
    for (const line of [tv, ann]) line.heard();
    clock.advance(60_000);
    expect(told).not.toHaveBeenCalled();
    told.mockRestore();
    expect([...tv.heard(), ...ann.heard()]).toEqual([]);
    expect(kept.bytes).toBe(0);
  });

  test("[C39] a reset takes them away without a word of their end, unless it keeps them", () => {
    const { open, answer, ask, heard, clock, tv, ann } = house();
    open({}, 1_000);
    ask(tv, { kind: "reset", keep: ["polls"] });
    expect(answer(ann, { choice: 0 })).toBe("ack");
    ask(tv, { kind: "reset", keep: [] });
    expect(answer(ann, { choice: 0 })).toBe("poll_not_found");
    clock.advance(5_000);
    const all = heard("pollClosed");
    expect(all.flat()).toEqual([]);
  });
});

describe("what a poll is to limits", () => {
  test("[C19][L31] answers count as kept, each once, and are refused where there is no more room", () => {
    const { open, answer, kept, ann, bob } = house();
    const before = kept.bytes;
    open();
    const opened = kept.bytes;
    answer(ann, { choice: 0 });
    answer(ann, { choice: 1 });
    answer(bob, { choice: 1 });
    // A message is kept in the history of no answer.
    expect(kept.bytes - opened).toBe(2 * (ANSWER_BYTES + 3));
    expect(opened).toBeGreaterThan(before);
  });
});

describe("over a restart", () => {
  test("[C12][C17][R48] open polls go on where they were, with their answers; no time has passed", () => {
    const { open, answer, clock, rooms, code, ann, eve, tv, ask } = house();
    open({ who: "all" }, 60_000);
    open({ poll: "old" });
    ask(tv, { kind: "pollClose", poll: "old" });
    open({ poll: "t", ask: "text", options: [] });
    answer(ann, { choice: 1 });
    answer(eve, { choice: 2 });
    answer(ann, { text: "a cat" }, "t");
    clock.advance(20_000);
    const [record] = [...rooms.records(true)];
    const next = core();
    next.clock.advance(3_600_000);
    if (record === undefined) throw new Error("no record");
    next.rooms.restore(JSON.parse(JSON.stringify(record)), true);
    const back = next.join(code, "tv", { secret: "tv's" });
    const polls = back.answer?.kind === "joined" ? (back.answer.picture.crowd?.polls ?? []) : [];
    expect(polls[0]).toMatchObject({ endsAt: next.clock.now() + 40_000, counts: { counts: [0, 1, 1], total: 2 } });
    expect(polls[1]).toMatchObject({ texts: [{ from: "ann", text: "a cat" }] });
    const eveAgain = next.join(code, "eve", { as: "audience", secret: "eve's" });
    expect(eveAgain.answer).toMatchObject({ kind: "watching", crowd: { polls: [{ answered: { choice: 2 } }, {}] } });
    next.ask(eveAgain.line, { kind: "answer", poll: "q", value: { choice: 0 } });
    expect(nameOf(next.ask(eveAgain.line, { kind: "answer", poll: "old", value: { choice: 0 } }))).toBe("poll_closed");
    back.line.heard();
    next.clock.advance(40_000);
    expect(back.line.heard().filter(({ kind }) => kind === "pollClosed")).toEqual([
      { kind: "pollClosed", poll: "q", counts: { counts: [1, 1, 0], total: 2 } },
    ]);
  });

  test("[C17] the record of a poll with an end is another every ten seconds", () => {
    const { open, clock, rooms } = house();
    const changes = rooms.follow();
    open({}, 60_000);
    [...changes.news()];
    clock.advance(9_999);
    expect(changes.size).toBe(0);
    clock.advance(1);
    expect(changes.size).toBe(1);
  });
});
