// Data that is not everybody's, and a room as new, on the core alone: who is told, what stays, and what counts.
import { describe, expect, test } from "bun:test";
import { RESETTABLE } from "../../../src/protocol/commands.ts";
import { type Answer, core, nameOf } from "../../support/core.ts";
import { keptOf } from "../../support/kept.ts";
import type { NotebookLine } from "../../support/notebook.ts";
import { hold, reborn, recordsOf } from "../../support/restart.ts";

const KEPT = { awayMs: 60_000, historyMax: 16 };

function house(rules = {}) {
  const it = core();
  const { line: tv, code, epoch } = it.create("tv", { rules: { ...KEPT, ...rules } });
  const { line: ann } = it.join(code, "ann");
  const { line: bob } = it.join(code, "bob");
  for (const line of [tv, ann, bob]) line.heard();
  const setPrivate = (clientId: string, body: string, by: NotebookLine = tv) =>
    it.ask(by, { kind: "setPrivate", clientId, body }, "r");
  return { ...it, tv, code, epoch, ann, bob, setPrivate };
}

function crowdOf(answer: Answer) {
  if (answer?.kind !== "joined") throw new Error(`it did not get in: ${JSON.stringify(answer)}`);
  return answer.picture.crowd;
}

describe("another member's data", () => {
  test("[C30] the host replaces it: the others hear it, the member among them, and whoever joins finds it", () => {
    const { tv, ann, bob, code, ask, join } = house();
    const want = { kind: "setPlayer", body: '{"score":3}', shape: null, clientId: "ann" } as const;
    expect(ask(tv, want, "r")).toMatchObject({ kind: "ack", delivered: 2 });
    const event = { kind: "player", clientId: "ann", body: '{"score":3}' } as const;
    expect([tv.heard(), ann.heard(), bob.heard()]).toEqual([[], [event], [event]]);
    const { answer } = join(code, "cy");
    expect(answer).toMatchObject({ picture: { peers: [{}, { clientId: "ann", player: '{"score":3}' }, {}, {}] } });
  });

  test("[C30] of one that is away, too; of nobody, of one that is not there, and not by a guest", () => {
    const { tv, ann, bob, code, ask, join, relay } = house();
    relay.gone(ann, "lost");
    const set = (by: NotebookLine, clientId: string) =>
      nameOf(ask(by, { kind: "setPlayer", body: "1", shape: null, clientId }));
    expect(set(tv, "ann")).toBeNull();
    expect(join(code, "ann").answer).toMatchObject({ picture: { peers: [{}, { player: "1" }, {}] } });
    expect([set(tv, "nobody"), set(bob, "ann"), set(bob, "nobody")]).toEqual([
      "target_not_found",
      "not_host",
      "not_host",
    ]);
    // By its own name, anybody.
    expect(set(bob, "bob")).toBeNull();
  });
});

describe("private data", () => {
  test("[C31][C32] is told to that member and nobody else, without a number", () => {
    const { tv, ann, bob, setPrivate } = house();
    expect(setPrivate("ann", '["A♠"]')).toMatchObject({ kind: "ack", delivered: 1 });
    expect(ann.heardNumbered()).toEqual([{ seq: null, event: { kind: "private", clientId: "ann", body: '["A♠"]' } }]);
    expect([tv.heard(), bob.heard()]).toEqual([[], []]);
  });

  test("[C31] is the host's to set, and of who is there", () => {
    const { ann, bob, setPrivate } = house();
    expect(nameOf(setPrivate("ann", "1", ann))).toBe("not_host");
    expect(nameOf(setPrivate("nobody", "1"))).toBe("target_not_found");
    expect([ann.heard(), bob.heard()]).toEqual([[], []]);
  });

  test("[C32] who joins finds its own, the host that of all, and nobody a word of the others'", () => {
    const { tv, ann, bob, code, relay, join, setPrivate } = house();
    setPrivate("ann", '"spy"');
    setPrivate("tv", '"mine"');
    expect(crowdOf(join(code, "cy").answer)).toBeUndefined();
    relay.gone(bob, "lost");
    expect(crowdOf(join(code, "bob").answer)).toBeUndefined();
    relay.gone(ann, "lost");
    expect(crowdOf(join(code, "ann").answer)).toEqual({ private: '"spy"' });
    relay.gone(tv, "lost");
    // While nobody is host neither is who comes.
    expect(crowdOf(join(code, "dee").answer)).toBeUndefined();
    const spies = [{ clientId: "ann", body: '"spy"' }];
    expect(crowdOf(join(code, "tv").answer)).toEqual({ private: '"mine"', privates: spies });
  });

  test("[C32] who is made host while it is here hears what the others have, and the one before nothing more", () => {
    const { tv, ann, bob, ask, setPrivate } = house();
    setPrivate("ann", "1");
    setPrivate("bob", "2");
    ann.heard();
    bob.heard();
    ask(tv, { kind: "makeHost", clientId: "bob" });
    const changed = { kind: "hostChanged", clientId: "bob" } as const;
    expect(bob.heard()).toEqual([changed, { kind: "private", clientId: "ann", body: "1" }]);
    expect([tv.heard(), ann.heard()]).toEqual([[changed], [changed]]);
  });

  test("[C32] an heir hears it too", () => {
    const { tv, ann, bob, relay, setPrivate } = house({ hostGone: "migrate" });
    setPrivate("bob", "2");
    bob.heard();
    relay.gone(tv, "lost");
    expect(ann.heard().map(({ kind }) => kind)).toEqual(["peerAway", "hostChanged", "private"]);
    expect(bob.heard().map(({ kind }) => kind)).toEqual(["peerAway", "hostChanged"]);
  });

  test("[C33] outlives an absence and a restart, and goes with the seat", () => {
    const it = house();
    const { ann, bob, code, relay, setPrivate } = it;
    relay.gone(ann, "lost");
    expect(setPrivate("ann", '"spy"')).toMatchObject({ kind: "ack", delivered: 0 });
    setPrivate("bob", '"bob"');
    it.ask(bob, { kind: "leave" });
    hold(it, it.tv);
    expect(recordsOf(it)[0]?.crowd?.privates).toEqual([{ clientId: "ann", body: '"spy"' }]);
    const next = reborn(it);
    expect(crowdOf(next.join(code, "ann").answer)).toEqual({ private: '"spy"' });
    expect(crowdOf(next.join(code, "bob").answer)).toBeUndefined();
    next.ask(next.join(code, "ann").line, { kind: "leave" });
    expect(crowdOf(next.join(code, "ann").answer)).toBeUndefined();
    expect(crowdOf(next.join(code, "tv").answer)).toBeUndefined();
  });

  test("[C34][L31] counts as what the room keeps, whatever becomes of it", () => {
    const it = house();
    const bytes = () => [it.kept.bytes, recordsOf(it).reduce((sum, record) => sum + keptOf(record), 0)];
    const before = it.kept.bytes;
    it.setPrivate("ann", '"é"');
    expect(it.kept.bytes - before).toBe(150 + 3 + 6);
    it.setPrivate("bob", '"1234"');
    it.setPrivate("ann", "1");
    expect(bytes()[0]).toBe(bytes()[1]);
    const next = reborn(it);
    expect(next.kept.bytes).toBe(it.kept.bytes);
    it.ask(it.ann, { kind: "leave" });
    it.ask(it.tv, { kind: "reset", keep: [] });
    expect(bytes()[0]).toBe(bytes()[1]);
  });

  test("[C34][L31] past what the room may keep it is too large", () => {
    const it = core({ keptMiB: 1, keptPerAddressMiB: 1, roomsMax: 10_000, roomsPerAddressMax: 10_000 });
    const { line: tv, code } = it.create("tv", { maxClients: 100 });
    const body = `"${"x".repeat(4_000)}"`;
    const answers = new Set<string | null>();
    for (let n = 0; n < 99 * 3; n++) {
      it.join(code, `p${n}`);
      it.create(`other ${n}`, { state: body });
      answers.add(nameOf(it.ask(tv, { kind: "setPrivate", clientId: `p${n}`, body })));
    }
    expect([...answers]).toContain("too_large");
    expect(it.kept.bytes).toBe(recordsOf(it).reduce((sum, record) => sum + keptOf(record), 0));
  });
});

test("[C31] a room has so much of it that its host can be told all in one frame", () => {
  const { create, join, ask } = core({ clientsPerRoomMax: 200 });
  const { line: tv, code } = create("tv", { maxClients: 100 });
  const body = `"${"x".repeat(4_094)}"`;
  const answers: (string | null)[] = [];
  for (let n = 0; n < 99; n++) {
    join(code, `p${n}`);
    answers.push(nameOf(ask(tv, { kind: "setPrivate", clientId: `p${n}`, body })));
  }
  expect(new Set(answers)).toEqual(new Set([null]));
  const { line: big, code: other } = create("tv", { maxClients: 200 });
  let n = 0;
  for (; ; n++) {
    join(other, `p${n}`);
    if (ask(big, { kind: "setPrivate", clientId: `p${n}`, body }) !== null) break;
  }
  expect(n).toBe(Math.floor((512 * 1024) / (4_096 + 284)));
  // What replaces something counts for the difference, and what goes makes room.
  expect(nameOf(ask(big, { kind: "setPrivate", clientId: `p${n}`, body }))).toBe("too_large");
  expect(nameOf(ask(big, { kind: "setPrivate", clientId: "p0", body }))).toBeNull();
  expect(nameOf(ask(big, { kind: "setPrivate", clientId: "p0", body: "1" }))).toBeNull();
  expect(nameOf(ask(big, { kind: "setPrivate", clientId: "p0", body }))).toBeNull();
  ask(big, { kind: "kick", clientId: "p0", reason: null, ban: false });
  expect(nameOf(ask(big, { kind: "setPrivate", clientId: `p${n}`, body }))).toBeNull();
});

describe("a room as new", () => {
  function played() {
    const it = house();
    it.ask(it.tv, { kind: "setState", body: '{"round":3}' });
    it.ask(it.ann, { kind: "setPlayer", body: "1", shape: null });
    it.ask(it.tv, { kind: "timerSet", timer: "round", ms: 5_000, label: null, pauses: false });
    it.setPrivate("ann", '"spy"');
    it.ask(it.tv, { kind: "lock", locked: true });
    for (const line of [it.tv, it.ann, it.bob]) line.heard();
    const reset = (keep: (typeof RESETTABLE)[number][], by = it.tv) => it.ask(by, { kind: "reset", keep }, "r");
    /** What the host finds that comes back: state, ann's data, private data, timers. */
    const found = () => {
      const answer = it.join(it.code, "tv").answer;
      if (answer?.kind !== "joined") throw new Error("it did not get in");
      const { state, peers, crowd } = answer.picture;
      return [state, peers[1]?.player, crowd?.privates?.length, crowd?.timers?.length] as const;
    };
    return { ...it, reset, found };
  }

  test("[C39] state, data, private data and timers go; all hear it once, with a number, and nothing else", () => {
    const { tv, ann, clock, rooms, code, reset, found } = played();
    expect(reset([])).toMatchObject({ kind: "ack", delivered: 3 });
    const entry = { seq: 6, event: { kind: "reset", keep: [] } };
    expect([tv.heardNumbered(), ann.heardNumbered()]).toMatchObject([[entry], [entry]]);
    clock.advance(30_000);
    expect([tv.heard(), ann.heard()]).toEqual([[], []]);
    expect(found()).toEqual([null, null, undefined, undefined]);
    expect([rooms.at(code)?.isLocked, rooms.at(code)?.here]).toEqual([true, 3]);
  });

  test.each([
    ["state", ['{"round":3}', null, undefined, undefined]],
    ["players", [null, "1", undefined, undefined]],
    ["private", [null, null, 1, undefined]],
    ["timers", [null, null, undefined, 1]],
    ["polls", [null, null, undefined, undefined]],
  ] as const)("[C39] %s stays where it is named", (keep, expected) => {
    const { reset, found } = played();
    reset([keep]);
    expect(found()).toEqual([...expected] as never);
  });

  test("[C39] is the host's, and is missed by whoever is away, in its turn", () => {
    const { ann, bob, code, epoch, relay, join, reset } = played();
    expect(nameOf(reset([], ann))).toBe("not_host");
    relay.gone(bob, "lost");
    reset([...RESETTABLE]);
    const { answer } = join(code, "bob", { since: { seq: 5, epoch } });
    expect(answer?.kind === "joined" && answer.missed?.map(({ event }) => event)).toMatchObject([
      { kind: "reset", keep: [...RESETTABLE] },
    ]);
  });

  test("[C39] in a room that has nothing of a crowd it is told all the same", () => {
    const { tv, ann, ask } = house();
    ask(tv, { kind: "reset", keep: [] });
    expect(ann.heard()).toEqual([{ kind: "reset", keep: [] }]);
  });
});
