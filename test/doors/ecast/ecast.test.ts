// All Jackbox rooms that a server watches: one way a code, no more than it may have, and whom it tells when.
import { describe, expect, test } from "bun:test";
import { FreezableClock } from "../../../src/cluster/freezableClock.ts";
import { readConfig } from "../../../src/config.ts";
import type { Found } from "../../../src/doors/ecast/directory.ts";
import { Ecast, openEcast } from "../../../src/doors/ecast/ecast.ts";
import type { LineHeard } from "../../../src/doors/ecast/line.ts";
import { openLog } from "../../../src/log.ts";
import type { Heard } from "../../../src/sessions/ports.ts";
import { ManualClock } from "../../support/clock.ts";
import { frame, ROOM, welcome } from "../../support/ecastScript.ts";

function stage(env: Record<string, string> = {}) {
  const clock = new ManualClock();
  const lines: (LineHeard & { url: URL; isClosed: boolean })[] = [];
  const questions: string[] = [];
  const log = { info() {}, warn() {} };
  let isStopped = false;
  const ecast = new Ecast(
    readConfig({ ECAST_URL: "https://ecast.example", ECAST_HOSTS: ".example", ...env }),
    clock,
    log,
    {
      ask: (code, _, heard) => {
        questions.push(code);
        return clock.after(0, () => heard(ROOM));
      },
      dial: (url, heard) => {
        const line = { ...heard, url: new URL(url), isClosed: false };
        lines.push(line);
        return {
          close: () => {
            line.isClosed = true;
          },
        };
      },
      random: () => 0.5,
      stop: () => {
        isStopped = true;
      },
    },
  );
  const told: string[] = [];
  const heardAs = (name: string, isLobbyOpen = true): Heard => ({
    isLobbyOpen,
    attached: ({ players }) => void told.push(`${name}: attached ${players.length}`),
    changed: ({ players }) => void told.push(`${name}: changed ${players.length}`),
    lost: () => void told.push(`${name}: lost`),
    over: (reason) => void told.push(`${name}: ${reason}`),
  });
  const news = () => {
    clock.advance(0);
    return told.splice(0);
  };
  const figures = () =>
    Object.fromEntries(
      ecast.series.map(({ name, read }) => [name.replace("partyline_ecast_", ""), Object.fromEntries(read())]),
    );
  return { clock, lines, questions, ecast, heardAs, news, figures, isStopped: () => isStopped };
}

describe("two games of one code", () => {
  test("[E12] share one way, and hear the same; who comes later hears of the room at once", () => {
    const { ecast, heardAs, news, lines, questions } = stage();
    ecast.watch("KLMN", heardAs("a"));
    news();
    lines[0]?.said(welcome(["ADA"]));
    expect(news()).toEqual(["a: attached 1"]);
    ecast.watch("KLMN", heardAs("b"));
    expect(news()).toEqual(["b: attached 1"]);
    lines[0]?.said(frame("client/connected", { id: 7, name: "BEA", role: "player" }));
    expect(news()).toEqual(["a: changed 2", "b: changed 2"]);
    lines[0]?.gone("x");
    expect(news()).toEqual(["a: lost", "b: lost"]);
    ecast.watch("KLMN", heardAs("c"));
    expect(news()).toEqual([]);
    expect([lines.length, questions.length]).toEqual([1, 1]);
  });

  test("[E12] are both told of its end; the way stands as long as one of them listens", () => {
    const { ecast, heardAs, news, lines } = stage();
    const first = ecast.watch("KLMN", heardAs("a"));
    ecast.watch("KLMN", heardAs("b"));
    news();
    lines[0]?.said(welcome());
    news();
    first.stop();
    first.stop();
    expect(lines[0]?.isClosed).toBe(false);
    lines[0]?.said(frame("room/exit", {}));
    // Who begins anew before the others have heard of it begins anew.
    ecast.watch("KLMN", heardAs("c"));
    expect(news()).toEqual(["b: room_closed"]);
    expect([lines.length, lines[0]?.isClosed]).toEqual([2, true]);
  });

  test("[E7] who has stopped hears nothing of what was on its way to it", () => {
    const { ecast, heardAs, news, lines } = stage();
    const watch = ecast.watch("KLMN", heardAs("a"));
    news();
    lines[0]?.said(welcome());
    watch.stop();
    expect([news(), lines[0]?.isClosed]).toEqual([[], true]);
  });

  test("[E11] look at the room as long as one of them waits for players", () => {
    const { ecast, heardAs, news, lines, clock } = stage();
    ecast.watch("KLMN", heardAs("a", false));
    news();
    lines[0]?.said(welcome());
    clock.advance(100_000);
    expect(lines.length).toBe(1);
    ecast.watch("KLMN", heardAs("b"));
    clock.advance(20_000);
    expect(lines.length).toBe(2);
  });
});

test("[E15] a node that is frozen tells nothing of what it sees, and all of it, in order, when it goes on", () => {
  const { heardAs, questions } = stage();
  const manual = new ManualClock();
  const clock = new FreezableClock(manual);
  const lines: LineHeard[] = [];
  const reach = {
    ask: (code: string, _: boolean, heard: (found: Found) => void) => {
      questions.push(code);
      return clock.after(0, () => heard(ROOM));
    },
    dial: (_: string, heard: LineHeard) => {
      lines.push(heard);
      return { close() {} };
    },
    ...{ random: () => 0.5, stop() {} },
  };
  const config = readConfig({ ECAST_URL: "https://ecast.example", ECAST_HOSTS: ".example" });
  const told: string[] = [];
  const heard = heardAs("a");
  new Ecast(config, clock, { info() {}, warn() {} }, reach).watch("KLMN", {
    ...heard,
    attached: ({ players }) => void told.push(`attached ${players.length}`),
    changed: ({ players }) => void told.push(`changed ${players.length}`),
  });
  manual.advance(0);
  clock.freeze();
  lines[0]?.said(welcome(["ADA"]));
  lines[0]?.said(frame("client/connected", { id: 7, name: "BEA", role: "player" }));
  manual.advance(5_000);
  expect(told).toEqual([]);
  clock.thaw();
  manual.advance(0);
  expect(told).toEqual(["attached 1", "changed 2"]);
});

describe("how many", () => {
  test("[E5] the 51st room has no place, one that is watched has, and so has the one in whose place it comes", () => {
    const { ecast, heardAs } = stage();
    const codeOf = (n: number) => `AA${String.fromCharCode(65 + Math.floor(n / 26), 65 + (n % 26))}`;
    for (let n = 0; n < 50; n++) {
      expect(ecast.hasPlaceFor(codeOf(n), null)).toBe(true);
      ecast.watch(codeOf(n), heardAs(""));
    }
    expect(ecast.hasPlaceFor("KLMN", null)).toBe(false);
    expect(ecast.hasPlaceFor("KLMN", "WXYZ")).toBe(false);
    expect(ecast.hasPlaceFor(codeOf(7), null)).toBe(true);
    expect(ecast.hasPlaceFor("KLMN", codeOf(7))).toBe(true);
    const shared = ecast.watch(codeOf(7), heardAs(""));
    expect(ecast.hasPlaceFor("KLMN", codeOf(7))).toBe(false);
    shared.stop();
    expect(ecast.hasPlaceFor("KLMN", codeOf(7))).toBe(true);
  });

  test("[E2] none, where it says so", () => {
    expect(stage({ ECAST_WATCHES_MAX: "0" }).ecast.hasPlaceFor("KLMN", null)).toBe(false);
  });
});

test("[E1] is dialled as a watcher, by its name, a new one for each watch", () => {
  const { ecast, heardAs, news, lines } = stage({ ECAST_NAME: "Our Night" });
  for (const code of ["KLMN", "WXYZ"]) ecast.watch(code, heardAs(""));
  news();
  const [one, other] = lines.map(({ url }) => url);
  expect(one?.origin + String(one?.pathname)).toBe("wss://play.example/api/v2/rooms/KLMN/play");
  const { "user-id": user, ...rest } = Object.fromEntries(one?.searchParams ?? []);
  expect(rest).toEqual({ role: "shard", name: "Our Night", format: "json" });
  expect(user).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  expect(other?.searchParams.get("user-id")).not.toBe(user ?? "");
});

test("[E3] a code is read as any typed one, and kept in capitals", () => {
  const { ecast } = stage();
  const cases = [
    ["klmn", "KLMN"],
    ["KL-mn ", "KLMN"],
    ["abcde", "ABCDE"],
    ["OLIO", "OLIO"],
  ] as const;
  for (const [typed, code] of cases) expect(ecast.read(typed)).toBe(code);
  for (const none of ["", "KLM", "ABCDEF", "KLM1", "ÄBCD", "KL/N", "../x", "K".repeat(65)])
    expect([none, ecast.read(none)]).toEqual([none, null]);
});

test("[E12] is counted: by state, by how it ended, attempts and frames that say nothing", () => {
  const { ecast, heardAs, news, lines, figures } = stage();
  for (const code of ["KLMN", "WXYZ", "ABCD"]) ecast.watch(code, heardAs(""));
  news();
  lines[0]?.said(welcome());
  lines[0]?.said("null");
  lines[1]?.said(welcome());
  lines[1]?.said(frame("room/exit", {}));
  expect(figures()).toEqual({
    watches: { probing: 0, connecting: 1, watching: 1, lost: 0 },
    overs_total: { room_closed: 1 },
    attempts_total: { "": 3 },
    frames_dropped_total: { "": 1 },
  });
});

test("[E2] a stop ends all of it", () => {
  const { ecast, heardAs, news, lines, isStopped, clock } = stage();
  for (const code of ["KLMN", "WXYZ"]) ecast.watch(code, heardAs(""));
  news();
  lines[0]?.said(welcome());
  ecast.stop();
  clock.advance(600_000);
  expect([news(), lines.map(({ isClosed }) => isClosed), isStopped()]).toEqual([[], [true, true], true]);
});

test("[E2] plain HTTP is warned of, and off is nothing at all", () => {
  const lines: string[] = [];
  const log = openLog("info", { write: (line: string) => void lines.push(line) });
  expect(openEcast(readConfig({}), new ManualClock(), log)).toBeNull();
  expect(lines).toEqual([]);
  openEcast(readConfig({ ECAST_URL: "https://ecast.example" }), new ManualClock(), log);
  expect(lines).toEqual([]);
  openEcast(readConfig({ ECAST_URL: "http://127.0.0.1:1" }), new ManualClock(), log);
  expect(lines.join("")).toContain("ECAST_URL is http");
});
