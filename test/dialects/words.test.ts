// What the types hold a wire to: every kind of event is a word or in the silent list. The compiler runs this test: each
// `@ts-expect-error` is an error itself where the line below it compiles.
import { expect, test } from "bun:test";
import { encoderOf } from "../../src/dialects/words.ts";
import type { EventKind } from "../../src/protocol/events.ts";

type AllBut<Kind extends EventKind> = Exclude<EventKind, Kind>;

test("a kind that is neither a word nor in the silent list does not compile", () => {
  // @ts-expect-error: nothing is said of pong
  encoderOf<AllBut<"tick" | "pong">>({ tick: () => "tick" });
  // @ts-expect-error: nor is it enough to be silent on all that a wire has a word for
  encoderOf<AllBut<"tick">>({});
});

test("a kind that is both does not compile", () => {
  // @ts-expect-error: pong is in the list
  encoderOf<AllBut<"tick">>({ tick: () => "tick", pong: () => "pong" });
});

test("a word is given its event, what it answers, its number and what the wire keeps with the room", () => {
  const encode = encoderOf<AllBut<"tick" | "left">>({
    tick: ({ t }, asked, seq, wireData) => JSON.stringify([t, asked?.type, seq, wireData]),
    left: () => null,
  });
  expect(encode({ kind: "tick", t: 5 }, { type: "ping", ref: 1 }, 7, "kept")).toBe('[5,"ping",7,"kept"]');
  expect(encode({ kind: "tick", t: 5 })).toBe("[5,null,null,null]");
  expect(encode({ kind: "left" })).toBeNull();
});

test("of a silent kind there is no frame, the hot path's included", () => {
  const encode = encoderOf<AllBut<"tick">>({ tick: () => "tick" });
  expect(encode({ kind: "left" })).toBeNull();
  expect(encode({ kind: "message", from: { clientId: "a", index: 0, messageHead: null }, body: "1" })).toBeNull();
});
