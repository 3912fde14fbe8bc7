// Those who watch without a seat, shown on the core alone: who may, what they hear, and that they are the same after an absence.
import { describe, expect, test } from "bun:test";
import { COUNT_MS } from "../../../src/rooms/crowd/audience.ts";
import { TAKEOVERS_MAX } from "../../../src/rooms/fight.ts";
import { core, nameOf } from "../../support/core.ts";
import { NotebookLine } from "../../support/notebook.ts";

const RULES = { awayMs: 30_000, historyMax: 16, audienceMax: 3 };
const AS = { as: "audience" } as const;

function house(limits = {}, rules = {}) {
  const parts = core(limits);
  const { line: tv, code } = parts.create("tv", {
    secret: "tv's",
    maxClients: 2,
    rules: { ...RULES, ...rules },
    state: "[1]",
  });
  const { line: ann } = parts.join(code, "ann", { secret: "ann's" });
  const watch = (clientId: string, secret?: string, line = new NotebookLine()) =>
    parts.join(code, clientId, { ...AS, line, ...(secret !== undefined && { secret }) });
  for (const line of [tv, ann]) line.heard();
  const room = () => {
    const found = parts.rooms.at(code);
    if (found === null) throw new Error("the room is gone");
    return found;
  };
  return { ...parts, code, tv, ann, watch, room };
}

describe("who watches", () => {
  test("[C1][C3] is told the room as it is, and stands nowhere in it", () => {
    const { watch, room, tv, ann } = house();
    const { answer, line } = watch("eve");
    expect(answer).toEqual({
      ...{ kind: "watching", code: room().code, epoch: room().epoch, locked: false, state: "[1]", session: null },
      ...{ done: undefined, crowd: { timers: undefined, polls: undefined } },
    });
    expect(line.seat?.index).toBeLessThan(0);
    expect([...tv.heard(), ...ann.heard()]).toEqual([]);
    const { peers } = room().picture("tv");
    expect(peers.map(({ clientId }) => clientId)).toEqual(["tv", "ann"]);
    expect([room().size, room().here, room().audience?.size]).toEqual([2, 2, 1]);
    expect(room().players.map(({ clientId }) => clientId)).toEqual(["ann"]);
  });

  test("[C1] a room that was made without an audience has none, and costs nothing for being asked", () => {
    const { watch, room, kept } = house({}, { audienceMax: 0 });
    const before = kept.bytes;
    expect(nameOf(watch("eve").answer)).toBe("no_audience");
    expect(room().audience).toBeNull();
    expect(kept.bytes).toBe(before);
    expect(room().picture("tv").crowd).toBeUndefined();
  });

  test("[C1] a creator gets as many as the server has for a room, and no more", () => {
    const { create } = core({ audienceMax: 50 });
    expect(nameOf(create("tv", { rules: { audienceMax: 50 } }).answer)).toBe("created");
    expect(create("tv", { rules: { audienceMax: 51 } }).answer).toMatchObject({ text: "audience must be at most 50" });
  });

  test("[C1] who has a seat gets it, whatever it wants to be", () => {
    const { watch, relay, ann, room } = house();
    relay.gone(ann, "lost");
    expect(nameOf(watch("ann", "ann's").answer)).toBe("joined");
    expect(room().audience?.size ?? 0).toBe(0);
    expect(nameOf(watch("ann", "eve's").answer)).toBe("wrong_secret");
  });

  test("[C2] the room's number, the server's, and the address's", () => {
    const { watch } = house();
    for (const name of ["e1", "e2", "e3"]) expect(nameOf(watch(name).answer)).toBe("watching");
    expect(nameOf(watch("e4").answer)).toBe("room_full");
    const crowded = house({ audiencePerAddressMax: 1 });
    crowded.watch("e1");
    expect(nameOf(crowded.watch("e2").answer)).toBe("room_full");
    expect(nameOf(crowded.watch("e2", undefined, new NotebookLine("party", "192.0.2.9")).answer)).toBe("watching");
    const full = house({ audienceInAllMax: 2 });
    full.watch("e1");
    const other = full.create("tv2", { rules: RULES });
    expect(nameOf(full.join(other.code, "e2", AS).answer)).toBe("watching");
    expect(nameOf(full.join(other.code, "e3", AS).answer)).toBe("server_full");
  });

  test("[C2] places come back: of one who leaves, is lost or kicked, and of a room that ends", () => {
    const { watch, ask, relay, rooms, tv, kept } = house({}, { awayMs: 0 });
    const before = kept.bytes;
    const [one, two, three] = ["e1", "e2", "e3"].map((name) => watch(name, `${name}'s`));
    expect(rooms.audiences.size).toBe(3);
    if (one !== undefined) ask(one.line, { kind: "leave" });
    if (two !== undefined) relay.gone(two.line, "lost");
    ask(tv, { kind: "kick", clientId: "e3", reason: null, ban: false });
    expect(three?.line.closedAs).toBe("kicked");
    expect([rooms.audiences.size, kept.bytes]).toEqual([0, before]);
    watch("e1");
    ask(tv, { kind: "closeRoom", reason: null });
    expect([rooms.audiences.size, kept.bytes]).toEqual([0, 0]);
  });

  test("[C2][L31] a room that keeps too much takes nobody more", () => {
    const { watch, room } = house({ keptPerAddressMiB: 1 / 1024, roomsPerAddressMax: 1_000 });
    expect(nameOf(watch("e1").answer)).toBe("room_full");
    expect(room().audience?.size).toBe(0);
  });

  test("[C2][P13] who takes less than the room is told so, and does not watch", () => {
    const { code, relay, room } = house();
    const line = new NotebookLine();
    const guest = {
      clientId: "eve",
      name: null,
      secret: null,
      tick: false,
      frameBytesMax: 40,
      as: "audience",
    } as const;
    const asked = { type: "join", ref: undefined };
    const { answer } = relay.handle(line, { kind: "join", asked, guest, code, since: null });
    expect(answer).toMatchObject({ name: "max_frame_too_small", needs: 95 });
    expect([line.seat, room().audience?.size]).toEqual([null, 0]);
  });

  test("[C3] may answer, vote, ping and leave, and nothing else", () => {
    const { watch, ask } = house();
    const { line } = watch("eve");
    expect(nameOf(ask(line, { kind: "ping" }))).toBe("pong");
    expect(nameOf(ask(line, { kind: "answer", poll: "q", value: {} }))).toBe("poll_not_found");
    expect(nameOf(ask(line, { kind: "vote", vote: "up" }))).toBe("no_session");
    for (const want of [
      { kind: "send", to: null, body: "1" },
      { kind: "setPlayer", body: "1", shape: null },
      { kind: "setState", body: "1" },
      { kind: "lock", locked: true },
      { kind: "pollClose", poll: "q" },
      { kind: "closeRoom", reason: null },
    ] as const)
      expect([want.kind, nameOf(ask(line, want))]).toEqual([want.kind, "not_in_room"]);
    const join = {
      kind: "join",
      guest: { clientId: "x", name: null, secret: null, tick: false },
      code: "X",
      since: null,
    };
    expect(nameOf(ask(line, join as never))).toBe("already_in_room");
    expect(nameOf(ask(line, { kind: "leave" }))).toBe("left");
    expect(line.seat).toBeNull();
    expect(nameOf(ask(line, { kind: "leave" }))).toBe("not_in_room");
  });

  test("[C3] hears what is for it, without numbers, and nothing of who comes and goes or is told to members", () => {
    const { watch, ask, join, relay, tv, ann, code } = house();
    const { line: eve } = watch("eve");
    ask(tv, { kind: "send", to: null, body: '"members"' });
    ask(ann, { kind: "setPlayer", body: "1", shape: null });
    ask(tv, { kind: "setPrivate", clientId: "ann", body: '"spy"' });
    relay.gone(ann, "lost");
    join(code, "ann", { secret: "ann's" });
    ask(tv, { kind: "makeHost", clientId: "ann" });
    expect(eve.heard()).toEqual([]);
    const host = join(code, "ann", { secret: "ann's" }).line;
    ask(host, { kind: "setState", body: "[2]" });
    ask(host, { kind: "lock", locked: true });
    ask(host, { kind: "timerSet", timer: "t", ms: 1_000, label: null, pauses: false });
    ask(host, { kind: "timerStop", timer: "t" });
    ask(host, { kind: "sessionStart", notes: null });
    ask(host, { kind: "reset", keep: ["state"] });
    expect(eve.told.map(({ event }) => event.kind)).toEqual([
      "state",
      "roomLocked",
      "timer",
      "timer",
      "session",
      "reset",
    ]);
    expect(eve.told.every(({ seq }) => seq === null)).toBe(true);
  });

  test("[C3][S36] votes for the game that is played", () => {
    const { watch, ask, tv } = house();
    const { line } = watch("eve");
    ask(tv, { kind: "sessionStart", notes: null });
    const game = { title: "Q", packName: null, minPlayers: null, maxPlayers: null, appTag: null, manuallyAdded: false };
    ask(tv, { kind: "gameAdd", game });
    line.heard();
    expect(nameOf(ask(line, { kind: "vote", vote: "up" }, "1"))).toBe("ack");
    expect(line.heard()).toMatchObject([{ kind: "session", type: "vote.received" }]);
  });
});

describe("what the host says to them", () => {
  test("[C4] all who watch hear it, and no member does; it is the host's alone", () => {
    const { watch, ask, room, tv, ann } = house();
    const lines = ["e1", "e2"].map((name) => watch(name).line);
    const { seq } = room();
    const say = (line: NotebookLine) => ask(line, { kind: "send", to: "audience", body: '"hello"' }, "1");
    expect(say(tv)).toEqual({ kind: "ack", delivered: 2, seq });
    for (const line of lines) expect(line.heard()).toMatchObject([{ kind: "message", body: '"hello"' }]);
    expect(ann.heard()).toEqual([]);
    expect(nameOf(say(ann))).toBe("not_host");
    for (const line of lines) expect(line.heard()).toEqual([]);
  });

  test("[C4] nobody is `audience` in a room that has one; in a room without, a member may be", () => {
    const { create, join, ask } = core();
    const with_ = create("tv", { rules: RULES });
    const named = join(with_.code, "audience").line;
    named.heard();
    expect(ask(with_.line, { kind: "send", to: "audience", body: "1" }, "1")).toMatchObject({ delivered: 0 });
    expect(named.heard()).toEqual([]);
    const without = create("tv");
    expect(nameOf(ask(without.line, { kind: "send", to: "audience", body: "1" }))).toBe("no_audience");
    const member = join(without.code, "audience").line;
    expect(ask(without.line, { kind: "send", to: "audience", body: "1" }, "1")).toMatchObject({ delivered: 1 });
    expect(member.heard()).toMatchObject([{ kind: "message" }]);
  });
});

describe("the door", () => {
  test("[C5] the lock keeps out who does not watch yet", () => {
    const { watch, ask, relay, tv } = house();
    const { line } = watch("eve", "eve's");
    ask(tv, { kind: "lock", locked: true });
    expect(nameOf(watch("fox").answer)).toBe("room_locked");
    relay.gone(line, "lost");
    expect(nameOf(watch("eve", "eve's").answer)).toBe("watching");
  });

  test("[C5] a kick puts one out that watches or is away, and its secret stays out", () => {
    const { watch, ask, relay, tv } = house();
    const { line } = watch("eve", "eve's");
    expect(ask(tv, { kind: "kick", clientId: "eve", reason: null, ban: true }, "1")).toMatchObject({ kind: "ack" });
    expect(line.closedAs).toBe("kicked");
    expect(nameOf(watch("eva", "eve's").answer)).toBe("banned");
    relay.gone(watch("fox", "fox's").line, "lost");
    ask(tv, { kind: "kick", clientId: "fox", reason: null, ban: true });
    expect(nameOf(watch("fox", "fox's").answer)).toBe("banned");
    expect(nameOf(ask(tv, { kind: "kick", clientId: "cat", reason: null, ban: true }))).toBe("target_not_found");
  });

  test("[C8] a full room says whether one may watch", () => {
    const { join, watch, code } = house();
    expect(join(code, "bob").answer).toMatchObject({ name: "room_full", audience: true });
    for (const name of ["e1", "e2", "e3"]) watch(name);
    expect(join(code, "bob").answer).not.toHaveProperty("audience");
    const none = house({}, { audienceMax: 0 });
    expect(none.join(none.code, "bob").answer).not.toHaveProperty("audience");
  });

  test("[C8] who gets a seat under a name that watches has its secret, and watches no more", () => {
    const { join, watch, ask, code, ann, room } = house();
    const { line } = watch("eve", "eve's");
    ask(ann, { kind: "leave" });
    expect(nameOf(join(code, "eve", { secret: "fox's" }).answer)).toBe("wrong_secret");
    expect(nameOf(join(code, "eve", { secret: "eve's" }).answer)).toBe("joined");
    expect([line.closedAs, room().audience?.size]).toEqual(["replaced", 0]);
  });
});

describe("how many", () => {
  test("[C6] members find it, and hear of it once a second at most; who watches does not", () => {
    const { watch, relay, clock, room, tv, ann } = house();
    const counts = (line: NotebookLine) =>
      line.heard().flatMap((event) => (event.kind === "audience" ? [event.count] : []));
    const lines = ["e1", "e2"].map((name) => watch(name).line);
    clock.advance(0);
    expect([counts(tv), counts(ann)]).toEqual([[2], [2]]);
    expect(room().picture("ann").crowd?.audience).toEqual({ count: 2, max: 3 });
    for (const line of lines) relay.gone(line, "lost");
    clock.advance(COUNT_MS - 1);
    expect(counts(tv)).toEqual([]);
    clock.advance(1);
    expect(counts(tv)).toEqual([0]);
    expect(lines.flatMap((line) => line.heard())).toEqual([]);
    clock.advance(10 * COUNT_MS);
    expect(counts(tv)).toEqual([]);
  });
});

describe("away and back", () => {
  test("[C7] a line takes the place of one under its name, with its secret", () => {
    const { watch, room } = house();
    const { line: before } = watch("eve", "eve's");
    expect(nameOf(watch("eve", "fox's").answer)).toBe("wrong_secret");
    expect(nameOf(watch("eve").answer)).toBe("wrong_secret");
    const { line } = watch("eve", "eve's");
    expect([before.closedAs, before.seat, line.seat?.clientId, room().audience?.size]).toEqual([
      "replaced",
      null,
      "eve",
      1,
    ]);
    expect(nameOf(watch("fox").answer)).toBe("watching");
    expect(nameOf(watch("fox").answer)).toBe("watching");
  });

  test("[C7][R35] lines that take a place from each other wait", () => {
    const { watch } = house();
    const answers = Array.from({ length: TAKEOVERS_MAX + 2 }, () => nameOf(watch("eve", "eve's").answer));
    expect(answers.at(-1)).toBe("later");
    expect(answers.filter((name) => name === "watching")).toHaveLength(TAKEOVERS_MAX + 1);
  });

  test("[C7] a name is kept for `away` for whoever has its secret, and then for nobody", () => {
    const { watch, relay, clock, ask } = house();
    const lose = (name: string) => relay.gone(watch(name, "eve's").line, "lost");
    lose("eve");
    clock.advance(29_999);
    expect(nameOf(watch("eve", "fox's").answer)).toBe("wrong_secret");
    clock.advance(1);
    expect(nameOf(watch("eve", "fox's").answer)).toBe("watching");
    const { line } = watch("cat", "cat's");
    ask(line, { kind: "leave" });
    expect(nameOf(watch("cat", "fox's").answer)).toBe("watching");
  });

  test("[C7][P16] who comes back is told what became of its requests", () => {
    const { watch, ask, relay } = house();
    const { line } = watch("eve", "eve's");
    ask(line, { kind: "ping" }, "7");
    relay.gone(line, "lost");
    expect(watch("eve", "eve's").answer).toMatchObject({ kind: "watching", done: { last: "7", undone: [] } });
  });

  test("[C7] those that have been away longest are forgotten, and no more are kept than may watch", () => {
    const { watch, relay, kept } = house();
    const before = kept.bytes;
    for (let n = 0; n < 20; n++) relay.gone(watch(`e${n}`, "s").line, "lost");
    const three = kept.bytes - before;
    expect(three).toBe(3 * (150 + 3 + 43));
    expect(nameOf(watch("e16", "other").answer)).toBe("watching");
    expect(nameOf(watch("e19", "other").answer)).toBe("wrong_secret");
  });

  test("[C7][R48] names that have a secret are kept over a restart, and their number with them", () => {
    const { watch, rooms, code } = house();
    watch("eve", "eve's");
    watch("fox");
    const [record] = [...rooms.records(true)];
    if (record === undefined) throw new Error("no record");
    const next = core();
    const room = next.rooms.restore(JSON.parse(JSON.stringify(record)), true);
    expect(room?.audience?.size).toBe(0);
    expect(nameOf(next.join(code, "eve", { ...AS, secret: "fox's" }).answer)).toBe("wrong_secret");
    expect(nameOf(next.join(code, "eve", { ...AS, secret: "eve's" }).answer)).toBe("watching");
    for (const name of ["a", "b"]) next.join(code, name, AS);
    expect(nameOf(next.join(code, "c", AS).answer)).toBe("room_full");
  });

  test("[C7][R48] whom the server sends away keeps its name", () => {
    const { watch, relay, rooms, code } = house({}, { awayMs: 0 });
    relay.gone(watch("eve", "eve's").line, "held");
    const [record] = [...rooms.records(true)];
    if (record === undefined) throw new Error("no record");
    const next = core();
    next.rooms.restore(JSON.parse(JSON.stringify(record)), true);
    expect(nameOf(next.join(code, "eve", { ...AS, secret: "fox's" }).answer)).toBe("wrong_secret");
  });
});

describe("the end", () => {
  test("[C9] of the room is theirs: they are closed some at a time, and are asked nothing any more", () => {
    const { create, join, ask, clock } = core();
    const { line: tv, code } = create("tv", { rules: { ...RULES, audienceMax: 1_000 } });
    const lines = Array.from(
      { length: 1_000 },
      (_, n) => join(code, `e${n}`, { ...AS, line: new NotebookLine("party", `a${n}`) }).line,
    );
    ask(tv, { kind: "closeRoom", reason: null });
    const closed = () => lines.filter(({ closedAs }) => closedAs === "roomClosed").length;
    expect(closed()).toBeGreaterThan(0);
    expect(closed()).toBeLessThan(500);
    const last = lines.at(-1);
    if (last === undefined) throw new Error("nobody");
    expect(ask(last, { kind: "answer", poll: "q", value: { choice: 0 } }, "1")).toBeNull();
    clock.advance(0);
    expect(closed()).toBe(1_000);
    expect(lines.every(({ seat }) => seat === null)).toBe(true);
  });

  test("[C9] of the room comes with its last seat, however many watch", () => {
    const { watch, ask, rooms, code, tv, ann } = house({}, { awayMs: 0 });
    const { line } = watch("eve");
    for (const member of [tv, ann]) ask(member, { kind: "leave" });
    expect([line.closedAs, rooms.at(code)]).toEqual(["roomClosed", null]);
  });
});

describe("the way in", () => {
  test("[L9][L35] who brings the secret of one who watches is no stranger, nor is who watches from the same address", () => {
    const { relay, code, watch } = house();
    watch("eve", "eve's", new NotebookLine("party", "198.51.100.7"));
    const asked = { type: "join", ref: undefined };
    const look = (clientId: string, secret: string | null, address = "203.0.113.1") => {
      const guest = { clientId, name: null, secret, tick: false, as: "audience" } as const;
      const command = { kind: "join", asked, guest, code, since: null } as const;
      const line = new NotebookLine("party", address);
      return { ...relay.named(line, command), ...relay.look(line, command, true) };
    };
    expect(look("eve", "eve's").isGuess).toBe(false);
    // It is the secret that is guessed, and not the code.
    expect(look("eve", "fox's")).toMatchObject({ isGuess: true, code: null });
    expect(look("fox", null)).toMatchObject({ isGuess: true, code, isNeighbour: false });
    expect(look("fox", null, "198.51.100.7")).toMatchObject({ code, isNeighbour: true });
  });

  test("[C9][L22] is their own: who comes to watch takes no turn of who wants a seat", () => {
    const { relay, code, room } = house();
    const look = (as?: "audience") => {
      const guest = { clientId: "new", name: null, secret: null, tick: false, ...(as && { as }) };
      return relay.look(
        new NotebookLine(),
        { kind: "join", asked: { type: "join", ref: undefined }, guest, code, since: null },
        false,
      );
    };
    expect(look().entrance === room()).toBe(true);
    expect(look("audience").entrance === room().audience).toBe(true);
    expect(room().audience?.maxClients).toBe(3);
    expect(look("audience").appends).toBe(false);
  });
});
