// What the house says to itself when it says no.
import { describe, expect, test } from "bun:test";
import {
  CLOSES,
  comeback,
  isRefusal,
  REFUSALS,
  type Refusal,
  type RefusalName,
  refuse,
} from "../../src/protocol/refusals.ts";

describe("a close code says whether to come back", () => {
  test.each([
    [4000, "stop"],
    [4099, "stop"],
    [4100, "pause"],
    [4199, "pause"],
    [4200, "now"],
    [4299, "now"],
  ] as const)("[P10] %d: %s", (code, answer) => {
    expect(comeback(code)).toBe(answer);
  });

  test("[P10] no two closes share a code", () => {
    const codes = Object.values(CLOSES).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("refusals", () => {
  test.each(Object.keys(REFUSALS) as RefusalName[])(
    "[P4] %s has the table's text, unless a better one is at hand",
    (name) => {
      expect(refuse(name)).toEqual({ kind: "refusal", name, text: REFUSALS[name].text });
      expect(refuse(name, { text: "x", retryAfterMs: 5 })).toEqual({
        kind: "refusal",
        name,
        text: "x",
        retryAfterMs: 5,
      });
    },
  );

  test("a refusal is told from all else, and what is left has its own type", () => {
    interface Game {
      readonly id: number;
    }
    const idOf = (found: Game | Refusal): number | string => (isRefusal(found) ? found.name : found.id);
    expect(idOf({ id: 3 })).toBe(3);
    expect(idOf(refuse("no_game"))).toBe("no_game");
    const yesOf = <T>(found: T | Refusal): T | null => (isRefusal(found) ? null : found);
    expect(yesOf<string | null>("refusal")).toBe("refusal");
    expect(yesOf<Game>(refuse("no_game"))).toBeNull();
    for (const other of [undefined, null, 0, "refusal", [], {}, { kind: "ack" }, () => "refusal"]) {
      expect(isRefusal(other)).toBe(false);
    }
  });
});
