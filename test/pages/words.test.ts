// That a guest is told something for each way of not being in, and which of them are one.
import { expect, test } from "bun:test";
import { type No, noticeOf } from "../../pages/phone/words.ts";
import { colourOf, gameOf, nameOf, pointsOf, saidOf, typedCode } from "../../pages/shared/game.ts";
import { Codes } from "../../src/rooms/codes.ts";

const SAID: readonly No[] = [
  ...([
    "room_not_found",
    "room_full",
    "room_locked",
    "banned",
    "draining",
    "server_full",
    "too_many_attempts",
  ] as const),
  ...(["left", "closed", "kicked", "replaced", "gone", "refused", "offline", "name"] as const),
];

test("every no that a guest can get has words of its own, a thing to do, and no jargon", () => {
  const [unknown] = noticeOf("unreachable");
  for (const no of SAID) {
    const [title, text, button] = noticeOf(no);
    expect([no, title === unknown]).toEqual([no, false]);
    expect(`${title} ${text} ${button}`).not.toMatch(/[_{}]|null|undefined|error|socket|request/i);
    expect(button).not.toBe("");
  }
  expect(noticeOf("wrong_shape")[0]).toBe(unknown);
});

test("[R4] pages read a typed code as the server does", () => {
  const codes = Codes.capitals(4);
  for (const typed of ["gxhb", " GX-HB ", "ｇｘｈｂ", "gx – hb", "GX HB"]) {
    expect([typed, typedCode(typed)]).toEqual([typed, codes.read(typed)]);
  }
});

test("what comes from another member is read, whatever it is", () => {
  for (const odd of [null, 5, "late", [], { late: "1" }, { act: "dance" }, { say: " " }, { ms: -1 }, { ms: "4" }])
    expect([odd, saidOf(odd)]).toEqual([odd, null]);
  expect(saidOf({ say: "x".repeat(500) })).toEqual({ say: "x".repeat(120) });
  expect(saidOf({ ms: 1e9, at: 5 })).toEqual({ ms: 99_999, at: "" });
  for (const odd of [undefined, null, 5, { round: "1" }]) expect(gameOf(odd).round).toBe(1);
  expect(gameOf({ round: 4, winner: { id: 5 }, points: { a: "x", b: 2 } })).toMatchObject({ round: 4, winner: null });
  expect(gameOf({ round: 4, isUp: 1, vote: { title: 5 } })).toMatchObject({ isUp: false, vote: null });
  expect(gameOf({ round: 4, vote: { title: "?", counts: [1, "2"] } }).vote).toEqual({ title: "?", counts: [1, 2] });
  const game = gameOf({ round: 4, points: { a: "x", b: 2 } });
  expect([pointsOf(game, "a"), pointsOf(game, "b"), pointsOf(game, "c")]).toEqual([0, 2, 0]);
  for (const data of [undefined, { colour: -1 }, { colour: 1.5 }, { colour: "red" }, { colour: 1e9 }])
    expect(colourOf({ id: "x7", data })).toBeWithin(0, 8);
  expect(nameOf({ name: undefined })).toBe("Somebody");
});
