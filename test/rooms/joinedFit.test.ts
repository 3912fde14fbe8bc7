// How large the answer to a join may be: counted as the frame that goes out, to the byte, and what becomes of one that is too large.
import { describe, expect, test } from "bun:test";
import { encode } from "../../src/dialects/party/encode.ts";
import type { Guest, Since } from "../../src/protocol/commands.ts";
import type { Event } from "../../src/protocol/events.ts";
import { type Answer, core, nameOf } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

const REF = "r1";

interface Wish {
  readonly clientId?: string;
  readonly name?: string;
  readonly secret?: string;
  readonly since?: Since;
}

/** A room with a state, a member with data and a name that takes bytes and escapes, and one whose seat waits. */
function stage(historyMax = 64) {
  const { ask, create, join, relay, clock } = core();
  const tv = create("tv", { rules: { awayMs: 60_000, historyMax }, state: `"${"漢".repeat(3_000)}"`, maxClients: 20 });
  const ann = join(tv.code, 'a"n\\n', { name: "Änn 漢字 🎲" });
  ask(ann.line, { kind: "setPlayer", body: `"${"x".repeat(4_000)}"`, shape: null });
  const away = join(tv.code, "away", { name: "Gone", secret: "s" });
  // One that had not settled would wait for a short while alone [R52].
  clock.advance(5_000);
  relay.gone(away.line, "lost");
  const heard = () => [tv.line, ann.line].map((line) => line.heard());
  heard();

  function come(frameBytesMax: number | undefined, { clientId = "new", name, secret, since }: Wish = {}) {
    const base = { clientId, name: name ?? null, secret: secret ?? null, tick: false };
    const guest: Guest = frameBytesMax === undefined ? base : { ...base, frameBytesMax };
    const line = new NotebookLine();
    return { line, answer: ask(line, { kind: "join", guest, code: tv.code, since: since ?? null }, REF) };
  }
  const since = (seq: number): Since => ({ seq, epoch: tv.epoch });
  return { ask, tv, come, heard, since, clock, relay };
}

/** The bytes of the frame that goes out. */
function bytesOf(answer: Answer): number {
  return Buffer.byteLength(encode(answer as Event, { type: "join", ref: REF }) ?? "");
}

/** The bytes of the answer to a join with this wish, of a client that takes anything. */
function bytesFor(wish: Wish): number {
  return bytesOf(stage().come(undefined, wish).answer);
}

describe("[P13] a picture that is too large", () => {
  const WISHES: readonly [string, Wish][] = [
    ["a newcomer", {}],
    ["a newcomer with a name", { name: "漢字 🎲" }],
    ["a newcomer that says where it left off", { since: { seq: 1, epoch: "another" } }],
    ["who comes back", { clientId: "away", secret: "s" }],
    ["who comes back under another name", { clientId: "away", secret: "s", name: "Ä much longer one" }],
  ];
  test.each(WISHES)("%s: so many bytes are taken, and not one less", (_who, wish) => {
    const bytes = bytesFor(wish);
    expect(bytes).toBeGreaterThan(13_000);
    expect(stage().come(bytes, wish).answer).toMatchObject({ kind: "joined" });
    expect(stage().come(bytes - 1, wish).answer).toEqual({
      kind: "refusal",
      name: "max_frame_too_small",
      text: "The room does not fit into maxFrame",
      needs: bytes,
    });
  });

  test("nobody hears of it, no number is given, no seat is taken", () => {
    const { come, heard, tv, ask } = stage();
    const { line, answer } = come(13_000);
    expect(nameOf(answer)).toBe("max_frame_too_small");
    expect(heard()).toEqual([[], []]);
    expect([line.seat, line.heard()]).toEqual([null, []]);
    const seq = ask(tv.line, { kind: "send", to: null, body: "1" }, "r");
    expect(seq).toMatchObject({ kind: "ack", seq: 5 });
    expect(come(undefined).answer).toMatchObject({ picture: { peers: { length: 4 } } });
  });

  test("a seat that waits goes on waiting, as long as it would have", () => {
    const { come, heard, clock } = stage();
    clock.advance(50_000);
    expect(nameOf(come(13_000, { clientId: "away", secret: "s" }).answer)).toBe("max_frame_too_small");
    expect(heard()).toEqual([[], []]);
    clock.advance(9_999);
    expect(heard()).toEqual([[], []]);
    clock.advance(1);
    expect(heard()[0]).toMatchObject([{ kind: "peerLeft", clientId: "away", reason: "timeout" }]);
  });

  test("an open line keeps its seat against one that takes too little", () => {
    const { come, tv } = stage();
    const first = come(undefined, { secret: "s" });
    expect(nameOf(come(13_000, { secret: "s" }).answer)).toBe("max_frame_too_small");
    expect(first.line.closedAs).toBeNull();
    expect(tv.line.closedAs).toBeNull();
    expect(first.line.seat?.clientId).toBe("new");
  });

  test("[R10] it is the last thing that is looked at: who may not have the seat is told that", () => {
    const { come, tv, ask } = stage();
    expect(nameOf(come(1, { clientId: "away", secret: "wrong" }).answer)).toBe("wrong_secret");
    ask(tv.line, { kind: "lock", locked: true });
    expect(nameOf(come(1).answer)).toBe("room_locked");
    expect(nameOf(come(1, { clientId: "away", secret: "s" }).answer)).toBe("max_frame_too_small");
  });

  test("while nobody is host it may be told too high, by less than 300 bytes, and is never too low", () => {
    const { come, tv, relay } = stage();
    relay.gone(tv.line, "lost");
    const clientId = "🎲".repeat(64);
    const { answer } = come(13_000, { clientId });
    const needs = answer?.kind === "refusal" ? (answer.needs ?? 0) : 0;
    const bytes = bytesOf(come(undefined, { clientId }).answer);
    expect(needs).toBeGreaterThanOrEqual(bytes);
    expect(needs).toBeLessThan(bytes + 300);
  });

  test("so it is counted for the owner that gets the host's role back with this join", () => {
    const owner = "🎲".repeat(64);
    const back = (max?: number) => {
      const { ask, create, join, relay } = core();
      const tv = create(owner, { rules: { awayMs: 60_000 }, state: `"${"x".repeat(20_000)}"` });
      join(tv.code, "ann");
      relay.gone(tv.line, "lost");
      const base = { clientId: owner, name: null, secret: null, tick: false };
      const guest = max === undefined ? base : { ...base, frameBytesMax: max };
      return ask(new NotebookLine(), { kind: "join", guest, code: tv.code, since: null }, REF);
    };
    const bytes = bytesOf(back());
    expect(back(bytes)).toMatchObject({ kind: "joined", picture: { host: owner } });
    expect(back(bytes - 1)).toMatchObject({ needs: bytes });
  });

  test("a room of many small members, and one whose letters take three bytes each, are looked at as closely", () => {
    const crowd = (max?: number) => {
      const { ask, create, join, relay } = core({ clientsPerRoomMax: 1_000 });
      const tv = create("tv", { rules: { awayMs: 60_000 }, maxClients: 1_000, state: `"${"漢".repeat(5_000)}"` });
      for (let n = 0; n < 400; n++) {
        const { line } = join(tv.code, String(n), { name: "A" });
        ask(line, { kind: "setPlayer", body: "1", shape: null });
        relay.gone(line, "lost");
      }
      const base = { clientId: "new", name: null, secret: null, tick: false };
      const guest = max === undefined ? base : { ...base, frameBytesMax: max };
      return ask(new NotebookLine(), { kind: "join", guest, code: tv.code, since: null }, REF);
    };
    const bytes = bytesOf(crowd());
    expect(crowd(bytes)).toMatchObject({ kind: "joined" });
    expect(crowd(bytes - 1)).toMatchObject({ name: "max_frame_too_small", needs: bytes });
  });

  test("letters of three bytes", () => {
    const { come, ask, tv } = stage();
    ask(tv.line, { kind: "setState", body: `"${"漢".repeat(20_000)}"` });
    expect(nameOf(come(50_000).answer)).toBe("max_frame_too_small");
  });

  test("wires whose clients cannot say are answered whatever it is", () => {
    const { come, ask, tv } = stage();
    ask(tv.line, { kind: "setState", body: `"${"x".repeat(3_000_000)}"` });
    expect(come(undefined).answer).toMatchObject({ kind: "joined" });
  });
});

describe("[P13] what was missed", () => {
  const wish = { clientId: "away", secret: "s" };

  /** The member is away while these are said, and says that it has seen everything before. */
  function missing(bodies: readonly string[]) {
    const party = stage(512);
    for (const body of bodies) party.ask(party.tv.line, { kind: "send", to: null, body });
    return { ...party, back: (max?: number) => party.come(max, { ...wish, since: party.since(4) }).answer };
  }
  const BODIES = Array.from({ length: 20 }, (_, n) => `{"n":${n},"text":"${'漢\\"'.repeat(100)}"}`);

  test("all of it, if the frame fits to the byte; else the picture alone, and never a part", () => {
    const whole = missing(BODIES).back();
    expect(whole).toMatchObject({ missed: { length: 20 } });
    const bytes = bytesOf(whole);
    expect(missing(BODIES).back(bytes)).toMatchObject({ missed: { length: 20 } });
    const cut = missing(BODIES).back(bytes - 1);
    expect(cut).toMatchObject({ kind: "joined", missed: null, picture: { seq: 25 } });
    expect(bytesOf(cut)).toBeLessThan(bytes - 10_000);
  });

  test("many small frames are looked at as closely: what stands around a body counts", () => {
    const bodies = Array.from({ length: 500 }, () => "1");
    const whole = missing(bodies).back();
    expect(whole).toMatchObject({ missed: { length: 500 } });
    expect(missing(bodies).back(bytesOf(whole) - 1)).toMatchObject({ missed: null });
  });

  test("nothing missed is nothing to leave out", () => {
    const { come, since, tv, ask } = stage();
    ask(tv.line, { kind: "lock", locked: false });
    expect(come(16_384, { ...wish, since: since(5) }).answer).toMatchObject({ missed: [] });
  });
});
