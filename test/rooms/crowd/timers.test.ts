// Timers of a room, on the core alone: what they tell, what makes them stand still, and what of them outlives a server.
import { describe, expect, spyOn, test } from "bun:test";
import type { Event } from "../../../src/protocol/events.ts";
import { core, nameOf, type Want } from "../../support/core.ts";
import type { NotebookLine } from "../../support/notebook.ts";
import { hold, reborn, recordsOf } from "../../support/restart.ts";

const KEPT = { awayMs: 60_000, historyMax: 16 };

function house(rules = {}) {
  const it = core();
  const { line: tv, code, epoch } = it.create("tv", { rules: { ...KEPT, ...rules } });
  const { line: ann } = it.join(code, "ann");
  tv.heard();
  const set = (timer: string, seconds: number, more: { label?: string; pauses?: boolean } = {}) =>
    it.ask(tv, {
      kind: "timerSet",
      timer,
      ms: seconds * 1000,
      label: more.label ?? null,
      pauses: more.pauses === true,
    });
  const does = (kind: "timerPause" | "timerGo" | "timerStop", timer: string) => it.ask(tv, { kind, timer });
  return { ...it, tv, code, epoch, ann, set, does };
}

/** What was told of timers, in few words: its name, and what it has to go, or that it stands, is stopped or done. */
function told(line: NotebookLine): string[] {
  return line.heard().flatMap((event: Event) => {
    if (event.kind === "timerDone") return [`${event.timer} done`];
    if (event.kind !== "timer") return [];
    const { timer, leftMs, endsAt } = event.timer;
    return [`${timer} ${leftMs}${event.isStopped ? " stopped" : endsAt === null ? " stands" : ""}`];
  });
}

describe("a timer", () => {
  test("[C20] is told to all with the server's clock, the host included, and has no number", () => {
    const { clock, tv, ann, set } = house();
    const now = clock.now();
    set("round", 30, { label: "Round 2" });
    const timer = { timer: "round", label: "Round 2", leftMs: 30_000, t: now, endsAt: now + 30_000 };
    const entry = { seq: null, event: { kind: "timer", timer, isStopped: false } } as const;
    expect(ann.heardNumbered()).toEqual([entry]);
    expect(tv.heardNumbered()).toEqual([entry]);
  });

  test("[C20] what it has to go is said of the same moment as the server's clock", () => {
    const { clock, tv, set } = house();
    const { now } = clock;
    let later = 0;
    // Each look finds another millisecond.
    const look = spyOn(clock, "now").mockImplementation(() => now.call(clock) + later++);
    set("round", 30);
    look.mockRestore();
    const [event] = tv.heard();
    if (event?.kind !== "timer") throw new Error("no timer was told");
    const { leftMs, t, endsAt } = event.timer;
    expect(leftMs).toBe((endsAt ?? 0) - t);
  });

  test("[C20] whoever joins finds those that there are", () => {
    const { clock, code, set, join } = house();
    set("round", 30);
    clock.advance(10_000);
    const { answer } = join(code, "bob");
    const now = clock.now();
    expect(answer?.kind === "joined" && answer.picture.crowd?.timers).toEqual([
      { timer: "round", label: null, leftMs: 20_000, t: now, endsAt: now + 20_000 },
    ]);
    clock.advance(20_000);
    const { answer: later } = join(code, "cy");
    expect(later).toMatchObject({ kind: "joined" });
    expect(later?.kind === "joined" && later.picture.crowd).toBeUndefined();
  });

  test("[C20] of eight there is no ninth, but one of the same name makes way", () => {
    const { clock, tv, set, does } = house();
    for (let n = 0; n < 8; n++) set(`t${n}`, 30);
    expect(nameOf(set("t8", 30))).toBe("too_many_timers");
    tv.heard();
    set("t7", 5);
    clock.advance(29_000);
    expect(told(tv)).toEqual(["t7 5000", "t7 done"]);
    // That one is over, so there is a place.
    expect(set("t8", 30)).toBeNull();
    expect(nameOf(set("t9", 30))).toBe("too_many_timers");
    does("timerStop", "t0");
    expect(set("t9", 30)).toBeNull();
  });

  test("[C20][C21] that makes way for another of its name does not go off", () => {
    const { clock, tv, set } = house();
    set("round", 5);
    set("round", 30);
    clock.advance(29_000);
    expect(told(tv)).toEqual(["round 5000", "round 30000"]);
  });

  test("[C21] is done once, for all, with a number in the room's order", () => {
    const { clock, tv, ann, set, does } = house();
    set("round", 30);
    clock.advance(29_999);
    expect(told(tv)).toEqual(["round 30000"]);
    ann.heard();
    clock.advance(1);
    expect(tv.heardNumbered()).toEqual([{ seq: 2, event: { kind: "timerDone", timer: "round" } }]);
    expect(ann.heardNumbered()).toEqual([{ seq: 2, event: { kind: "timerDone", timer: "round" } }]);
    clock.advance(100_000);
    expect([told(tv), told(ann)]).toEqual([[], []]);
    expect(nameOf(does("timerPause", "round"))).toBe("timer_not_found");
  });

  test("[C21][R33] whoever was away is told that it is done in its turn", () => {
    const { clock, code, epoch, tv, ann, set, relay, join, ask } = house();
    relay.gone(ann, "lost");
    set("round", 5);
    clock.advance(5_000);
    ask(tv, { kind: "send", to: null, body: "1" });
    const { answer } = join(code, "ann", { since: { seq: 1, epoch } });
    const missed = answer?.kind === "joined" ? answer.missed : null;
    expect(missed?.map(({ event }) => event.kind)).toEqual(["timerDone", "message"]);
  });

  test("[C22] stands still, goes on, and is stopped", () => {
    const { clock, tv, set, does } = house();
    set("round", 30);
    clock.advance(10_000);
    does("timerPause", "round");
    clock.advance(60_000);
    // As good as the same again.
    does("timerPause", "round");
    does("timerGo", "round");
    clock.advance(15_000);
    does("timerGo", "round");
    does("timerStop", "round");
    clock.advance(60_000);
    expect(told(tv)).toEqual([
      "round 30000",
      "round 20000 stands",
      "round 20000 stands",
      "round 20000",
      "round 5000",
      "round 0 stopped",
    ]);
    for (const kind of ["timerPause", "timerGo", "timerStop"] as const)
      expect(nameOf(does(kind, "round"))).toBe("timer_not_found");
  });

  test("[C20][C22] is the host's", () => {
    const { ann, ask, set } = house();
    set("round", 30);
    const wants: Want[] = [
      { kind: "timerSet", timer: "round", ms: 1_000, label: null, pauses: false },
      { kind: "timerPause", timer: "round" },
      { kind: "timerGo", timer: "round" },
      { kind: "timerStop", timer: "round" },
    ];
    for (const want of wants) expect(nameOf(ask(ann, want))).toBe("not_host");
    expect(told(ann)).toEqual(["round 30000"]);
  });
});

describe("without a host", () => {
  test("[C23] a timer that pauses stands still, and all hear it; another goes on", () => {
    const { clock, code, tv, ann, set, relay, join } = house();
    set("pauses", 30, { pauses: true });
    set("goes", 30);
    clock.advance(10_000);
    told(ann);
    relay.gone(tv, "lost");
    expect(told(ann)).toEqual(["pauses 20000 stands"]);
    clock.advance(25_000);
    expect(told(ann)).toEqual(["goes done"]);
    const { answer } = join(code, "tv");
    expect(told(ann)).toEqual(["pauses 20000"]);
    // The one that comes back finds it running.
    const timers = answer?.kind === "joined" ? answer.picture.crowd?.timers : null;
    expect(timers?.map(({ leftMs, endsAt }) => [leftMs, endsAt === null])).toEqual([[20_000, false]]);
    clock.advance(20_000);
    expect(told(ann)).toEqual(["pauses done"]);
  });

  test("[C23] what the host has paused stays so when a host is back", () => {
    const { clock, code, tv, ann, set, does, relay, join } = house();
    set("round", 30, { pauses: true });
    does("timerPause", "round");
    relay.gone(tv, "lost");
    join(code, "tv");
    expect(told(ann)).toEqual(["round 30000", "round 30000 stands"]);
    clock.advance(100_000);
    expect(told(ann)).toEqual([]);
  });

  test("[C23] where the role passes on at once nothing stands still", () => {
    const { clock, tv, ann, set, relay } = house({ hostGone: "migrate" });
    set("round", 30, { pauses: true });
    clock.advance(10_000);
    relay.gone(tv, "lost");
    clock.advance(20_000);
    expect(told(ann)).toEqual(["round 30000", "round done"]);
  });
});

describe("over the end of the server", () => {
  test("[C23][R48] each has as long to go as it had, and one that pauses waits for the host", () => {
    const it = house();
    const { clock, code, set, does } = it;
    set("goes", 30);
    set("pauses", 30, { pauses: true });
    set("stands", 30);
    does("timerPause", "stands");
    clock.advance(10_000);
    hold(it, it.tv, it.ann);
    const again = reborn(it, { downMs: 100_000 });
    expect(recordsOf(again)[0]?.crowd?.timers?.map(({ timer, leftMs }) => [timer, leftMs])).toEqual([
      ["goes", 20_000],
      ["pauses", 20_000],
      ["stands", 30_000],
    ]);
    const { line: ann } = again.join(code, "ann");
    again.clock.advance(20_000);
    expect(told(ann)).toEqual(["goes done"]);
    again.join(code, "tv");
    expect(told(ann)).toEqual(["pauses 20000"]);
    again.clock.advance(20_000);
    expect(told(ann)).toEqual(["pauses done"]);
  });

  test("[C23] while one runs its room is written at least every 10 s, and not once it stands", () => {
    const it = house();
    const changes = it.rooms.follow();
    const isNews = () => [...changes.news()].length > 0;
    it.set("round", 25);
    expect([isNews(), isNews()]).toEqual([true, false]);
    it.clock.advance(10_000);
    expect([...changes.news()].map(({ record }) => record?.crowd?.timers?.[0]?.leftMs)).toEqual([15_000]);
    it.does("timerPause", "round");
    expect(isNews()).toBe(true);
    it.clock.advance(60_000);
    expect(isNews()).toBe(false);
  });

  test("[C21] a room that has ended has no timer that goes off", () => {
    const it = house();
    it.set("round", 5);
    const room = it.rooms.at(it.code);
    let told = 0;
    if (room !== null) Object.assign(room.crowd(), { tell: () => ++told });
    it.ask(it.tv, { kind: "closeRoom", reason: null });
    it.tv.heard();
    it.ann.heard();
    it.clock.advance(60_000);
    expect([it.tv.heard(), it.ann.heard(), it.failures]).toEqual([[], [], []]);
    expect([it.kept.bytes, told]).toEqual([0, 0]);
  });
});

test("[C34][L31] timers count as what the room keeps, and are given back", () => {
  const it = house();
  const before = it.kept.bytes;
  it.set("round", 30, { label: "é" });
  expect(it.kept.bytes - before).toBe(300 + "round".length + 2);
  it.set("round", 30);
  expect(it.kept.bytes - before).toBe(300 + "round".length);
  it.does("timerStop", "round");
  expect(it.kept.bytes).toBe(before);
});
