// The drills' attacks in short, on a clock of the test's own: each kind is played, from another address than the party beside it, until the
// server's answer to it has been seen. What is asserted are outcomes, never times; those are the drills'.
import { afterEach, describe, expect, test } from "bun:test";
import { Attack, BEAT_MS } from "../../bench/drills/attacks/attack.ts";
import type { Felt } from "../../bench/drills/attacks/bystander.ts";
import { isAnswered, judge } from "../../bench/drills/attacks/judge.ts";
import { KINDS, kindOf } from "../../bench/drills/attacks/kinds.ts";
import { needs } from "../support/needs.ts";
import { numbered, numbersOf, openRoom, range, stages, take, turn } from "../support/stage.ts";

/** At the least; and as many as it takes until the server's answer is seen. */
const BEATS_MIN = 12;
const BEATS_MAX = 1_300;
/** Round trips a beat: what was written has been read by then, and what was answered was heard. */
const FENCES = 2;
const ATTACKER = "127.0.7.1";

const loopback = await needs("more than one loopback address", () => (process.platform === "linux" ? true : null));
const stage = stages();
const attacks: Attack[] = [];
afterEach(() => {
  for (const attack of attacks.splice(0)) attack.drop();
});

/** Plays it, beside a party of three that talks. */
async function play(name: string) {
  const kind = kindOf(name);
  const { server, clock } = stage({ HTTP_REQUESTS_PER_SECOND: "20", ...kind.env });
  const { host, guests } = await openRoom(server.url, 2);
  const attack = new Attack(server.url, ATTACKER);
  attacks.push(attack);
  const beat = kind.begin(attack);
  let said = 0;
  let figures = new Map<string, number>();
  for (let n = 0; n < BEATS_MAX && (n < BEATS_MIN || isAnswered([kind], figures) === false); n++) {
    beat(n);
    numbered(host, said, ++said);
    for (let i = 0; i < FENCES; i++) await turn(server);
    clock.advance(BEAT_MS);
    figures = new Map(
      Array.from((await server.figures()).matchAll(/^(\S+) (\d+)$/gm), ([, label = "", value]) => [
        label,
        Number(value),
      ]),
    );
  }
  return { kind, attack, figures, guests, said };
}

describe("[L21] a party beside an attack loses nothing, nothing is dropped, closes have their codes, and the server answers:", () => {
  for (const { name, about } of KINDS.filter(({ expectedMiss }) => expectedMiss === undefined)) {
    loopback.test(`${name}: ${about}`, async () => {
      const { kind, attack, figures, guests, said } = await play(name);
      for (const guest of guests) expect(numbersOf(await take(guest, said))).toEqual(range(0, said));
      expect(Object.keys(attack.closes).filter((code) => !kind.codes.includes(Number(code)))).toEqual([]);
      expect([figures.get("partyline_dropped_total"), figures.get("partyline_faults_total")]).toEqual([0, 0]);
      expect(isAnswered([kind], figures)).not.toBe(false);
    });
  }
});

describe("what may be felt of an attack", () => {
  const kind = kindOf("join-storm");
  const calm: Felt = { sent: 9, lost: 0, closes: 0, p50Ms: 1, p99Ms: 2, maxMs: 2, ownP99Ms: 1, newcomer: "in" };
  const MIB = 1024 * 1024;
  const passes = {
    ...{ name: "x", quiet: calm, felt: calm, rss: { before: MIB, peak: 129 * MIB, after: 65 * MIB } },
    ...{
      report: { closes: { 4102: 3 }, statuses: {}, refusals: {}, beats: 1 },
      dropped: 0,
      faults: 0,
      isAnswered: true,
    },
  };
  const verdict = (more: object) => judge({ ...passes, ...more }, [kind], 50);
  test("nothing passes", () => expect(verdict({})).toEqual([]));
  test("a late p99 is excused by three times the quiet one alone", () => {
    const felt = { ...calm, p99Ms: 60 };
    expect(verdict({ felt, quiet: { ...calm, p99Ms: 20 } })).toEqual([]);
    expect(verdict({ felt, quiet: { ...calm, p99Ms: 19 } })).toEqual(["p99 60.0 ms, at most 57"]);
  });
  test.each<[string, object]>([
    ["a message that is lost", { felt: { ...calm, lost: 1 } }],
    ["a line that is closed", { felt: { ...calm, closes: 1 } }],
    ["a newcomer that gets no room", { felt: { ...calm, newcomer: "429" } }],
    ["no figure at all", { felt: { ...calm, p99Ms: Number.NaN } }],
    ["memory that grows", { rss: { before: 0, peak: 129 * MIB, after: 0 } }],
    ["memory that stays", { rss: { before: 0, peak: MIB, after: 65 * MIB } }],
    ["a close without a code", { report: { ...passes.report, closes: { 1006: 1 } } }],
    ["a close of another kind's code", { report: { ...passes.report, closes: { 4200: 1 } } }],
    ["a dropped frame", { dropped: 1 }],
    ["a fault", { faults: 1 }],
  ])("%s fails", (_, more) => expect(verdict(more)).toHaveLength(1));

  test("an answer is seen when all its figures have grown", () => {
    const [one, other] = ["a", "b"].map((sign) => ({ ...(kind as (typeof KINDS)[number]), signs: [sign] }));
    const kinds = [one, other] as typeof KINDS;
    expect(isAnswered(kinds, new Map([["a", 1]]))).toBe(false);
    expect(
      isAnswered(
        kinds,
        new Map([
          ["a", 1],
          ["b", 2],
        ]),
      ),
    ).toBe(true);
    expect(isAnswered([], new Map())).toBeNull();
  });
});
