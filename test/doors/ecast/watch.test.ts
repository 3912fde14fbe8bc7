// The life of a watch, row by row, without a socket: what the directory answers, what lines say, and what time brings.
import { describe, expect, test } from "bun:test";
import { frame, player, ROOM, scripted, welcome } from "../../support/ecastScript.ts";

const ERROR = (code: number) => frame("error", { code, msg: "no" }, 0);
const GONE = [2013, 2027];
const ROLE = [2009, 2010, 2014, 2015, 2017, 2018, 2019, 2023, 2025];

/** A way that stood, and was lost after so long. */
function lostAfter(ms: number) {
  const script = scripted();
  script.lobby.isOpen = false;
  script.attach().said(frame("room/unknown", {}));
  script.clock.advance(ms);
  script.line().gone("line: closed 1006");
  expect(script.news()).toEqual(["attached", "lost"]);
  script.clock.advance(0);
  return script;
}

describe("probing", () => {
  test("[E7] a room that is not there: over, and nothing is dialled", () => {
    const { clock, question, news, lines, watch } = scripted();
    clock.advance(0);
    question().answer({ kind: "nowhere" });
    expect([news(), lines.length, watch.state]).toEqual([["over room_not_found"], 0, "over"]);
  });

  test("[E7] a room that was there: it has closed", () => {
    const { clock, question, news } = lostAfter(60_000);
    clock.advance(1_000);
    question().answer({ kind: "nowhere" });
    expect(news()).toEqual(["over room_closed"]);
  });

  test("[E6] an answer that is none: six attempts, each after its wait, then over", () => {
    const { clock, asked, question, news, counts } = scripted();
    for (const [n, waitMs] of [0, 1_000, 2_000, 4_000, 8_000, 13_000].entries()) {
      if (waitMs > 0) clock.advance(waitMs - 1);
      expect([n, asked.length, news()]).toEqual([n, n, []]);
      clock.advance(1);
      expect(asked.length).toBe(n + 1);
      question().answer({ kind: "failed", trouble: "directory: 500" });
    }
    expect([news(), counts.attempts]).toEqual([["over connection_failed"], 6]);
    clock.advance(600_000);
    expect([asked.length, news()]).toEqual([6, []]);
  });

  test("[E4] a host that is not allowed: over without a connection, and a warning that does not name the room", () => {
    const { clock, question, news, lines, logged } = scripted();
    clock.advance(0);
    question().answer({ ...ROOM, host: "169.254.169.254" });
    expect([news(), lines.length]).toEqual([["over connection_failed"], 0]);
    expect(logged[0]).toContain("ECAST_HOSTS");
    expect(logged.join("\n")).not.toMatch(/KLMN|169\.254/);
  });
});

describe("connecting", () => {
  test("[E6] no welcome within 8 s is an attempt that failed", () => {
    const { clock, connect, asked, news, lines } = scripted();
    const line = connect();
    clock.advance(7_999);
    expect(line.isClosed).toBe(false);
    clock.advance(1);
    expect([line.isClosed, asked.length]).toEqual([true, 1]);
    clock.advance(1_000);
    expect([asked.length, lines.length, news()]).toEqual([2, 1, []]);
    // What still comes of a line that was given up is nobody's.
    line.said(welcome(["ADA"]));
    line.gone("line: closed 1000");
    expect([news(), asked.length]).toEqual([[], 2]);
  });

  test("[E6] so are a refused upgrade and a close", () => {
    const { clock, connect, question, lines, news } = scripted();
    connect().gone("line: closed 1002");
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 13_000]) {
      clock.advance(waitMs);
      question().answer(ROOM);
      lines.at(-1)?.gone("line: closed 1000");
    }
    expect([news(), lines.length]).toEqual([["over connection_failed"], 6]);
  });

  test.each(GONE)("[E7] error %d: there is no such room, whatever the directory says", (code) => {
    const { connect, news } = scripted();
    const line = connect();
    line.said(ERROR(code));
    expect([news(), line.isClosed]).toEqual([["over room_not_found"], true]);
    const again = lostAfter(60_000);
    again.question().answer(ROOM);
    again.line().said(ERROR(code));
    expect(again.news()).toEqual(["over room_closed"]);
  });

  test.each(ROLE)("[E7] error %d: watchers are not let in, whether or not a close follows", (code) => {
    const { connect, news, line, clock, asked } = scripted();
    connect().said(ERROR(code));
    expect([news(), line().isClosed]).toEqual([["over role_rejected"], true]);
    line().gone("line: closed 1000");
    clock.advance(600_000);
    expect([news(), asked.length]).toEqual([[], 1]);
  });

  test("[E7] one who was there comes back without its place first, should that be what is refused", () => {
    const { clock, question, line, news } = lostAfter(60_000);
    question().answer(ROOM);
    expect(line().url.searchParams.get("secret")).toBe("s9");
    line().said(ERROR(2023));
    expect(news()).toEqual([]);
    clock.advance(1_000);
    question().answer(ROOM);
    expect(line().url.searchParams.get("secret")).toBe("");
    line().said(ERROR(2023));
    expect(news()).toEqual(["over role_rejected"]);
  });

  test("[E6] any other error is an attempt that failed", () => {
    for (const text of [ERROR(2000), frame("error", {}), frame("error", null), ERROR(0.5)]) {
      const { connect, news, asked, clock } = scripted();
      connect().said(text);
      clock.advance(1_000);
      expect([text, news(), asked.length]).toEqual([text, [], 2]);
    }
  });

  test("[E6] what comes before the welcome and is none changes nothing", () => {
    const { connect, news, line } = scripted();
    connect().said(frame("client/connected", { id: 4, name: "EVE", role: "player" }));
    line().said(frame("object", { key: "room", val: { state: "Logo" } }));
    expect(news()).toEqual([]);
    line().said(welcome(["ADA"]));
    expect(news()).toEqual(["attached"]);
  });
});

describe("watching", () => {
  test("[E7] the room says that it ends, whatever the cause: over", () => {
    for (const result of [{ cause: 5 }, {}, null, "x"]) {
      const { attach, news } = scripted();
      const line = attach();
      line.said(frame("room/exit", result));
      line.gone("line: closed 1000");
      expect([news(), line.isClosed]).toEqual([["attached", "over room_closed"], true]);
    }
  });

  test("[E6] a close leads to a probe, which tells a closed room from a lost way", () => {
    const { clock, question, line, news, watch } = lostAfter(60_000);
    expect(watch.state).toBe("lost");
    question().answer(ROOM);
    expect(watch.state).toBe("lost");
    line().said(welcome(["ADA"]));
    expect([news(), watch.state]).toEqual([["attached"], "watching"]);
    clock.advance(0);
  });

  test("[E6] comes back as who it was", () => {
    const { question, line } = lostAfter(60_000);
    question().answer(ROOM);
    expect(Object.fromEntries(line().url.searchParams)).toEqual({ user: "user-1", id: "9", secret: "s9" });
  });

  test("[E6] attempts count from the first again only when the way has stood for a minute", () => {
    const { clock, asked, lobby, question, line, attach, news } = scripted();
    lobby.isOpen = false;
    attach();
    clock.advance(59_999);
    line().gone("x");
    clock.advance(999);
    expect(asked.length).toBe(1);
    clock.advance(1);
    expect(asked.length).toBe(2);
    question().answer(ROOM);
    line().said(welcome());
    clock.advance(60_000);
    line().gone("x");
    clock.advance(0);
    expect(asked.length).toBe(3);
    expect(news()).toEqual(["attached", "lost", "attached", "lost"]);
  });

  test("[E6] a server that welcomes and closes at once is dialled six times in a minute, and then no more", () => {
    const { clock, asked, lines, news } = scripted();
    let [answered, welcomed] = [0, 0];
    for (let ms = 0; ms < 60_000; ms += 10) {
      clock.advance(10);
      for (; answered < asked.length; answered++) asked[answered]?.answer(ROOM);
      for (; welcomed < lines.length; welcomed++) {
        lines[welcomed]?.said(welcome(["ADA"]));
        lines[welcomed]?.gone("line: closed 1011");
      }
    }
    expect(lines.length).toBe(6);
    expect(news().filter((what) => what.startsWith("over"))).toEqual(["over connection_failed"]);
  });

  test("[E6] an error on a line that stands changes nothing", () => {
    const { attach, news } = scripted();
    const line = attach();
    for (const code of [...GONE, ...ROLE, 2000]) line.said(ERROR(code));
    expect([news(), line.isClosed]).toEqual([["attached"], false]);
  });

  test("[E12] what is not understood is dropped, and counted", () => {
    const { attach, news, counts } = scripted();
    const line = attach();
    const deep = `{"opcode":"object","result":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const noise = ["null", "[]", '{"opcode":null}', '"x"', "7", "", "{", '{"opcode":"object"}', deep];
    for (const text of noise) line.said(text);
    expect([news(), line.isClosed, counts.framesDropped]).toEqual([["attached"], false, noise.length]);
  });
});

describe("looks at a room whose lobby is open", () => {
  test("[E11] each 20 s: the directory once, and a line anew as long as nobody was told of who comes", () => {
    const { clock, attach, asked, lines, line, question, news, told } = scripted();
    const first = attach(welcome(["ADA"]));
    expect(news()).toEqual(["attached"]);
    clock.advance(19_999);
    expect([asked.length, lines.length]).toEqual([1, 1]);
    clock.advance(1);
    expect([asked.length, question().isUrgent, lines.length]).toEqual([2, false, 2]);
    expect(line().url.searchParams.get("secret")).toBe("s9");
    // The server closes the line whose place was taken before it welcomes.
    first.gone("line: closed 1000");
    expect(news()).toEqual([]);
    line().said(welcome(["ADA", "BEA"]));
    expect([news(), line().isClosed]).toEqual([["changed"], false]);
    expect(told.at(-1)?.view?.players.map(({ name }) => name)).toEqual(["ADA", "BEA"]);
    question().answer(ROOM);
    line().said(frame("client/connected", { id: 7, name: "CLEO", role: "player" }));
    expect(news()).toEqual(["changed"]);
    clock.advance(20_000);
    expect([asked.length, lines.length]).toEqual([3, 2]);
  });

  test("[E11] leave one line, the newest, whether or not the server closes the other", () => {
    const { clock, attach, lines, line } = scripted();
    attach();
    for (let n = 1; n <= 3; n++) {
      clock.advance(20_000);
      line().said(welcome());
      expect(lines.map(({ isClosed }) => isClosed)).toEqual([...Array.from({ length: n }, () => true), false]);
    }
  });

  test("[E11] find out that it is gone, or locked", () => {
    const gone = scripted();
    gone.attach();
    gone.clock.advance(20_000);
    gone.question().answer({ kind: "nowhere" });
    expect(gone.news()).toEqual(["attached", "over room_closed"]);
    expect(gone.lines.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    const locked = scripted();
    locked.attach();
    locked.clock.advance(20_000);
    locked.question().answer({ ...ROOM, isLocked: true });
    expect(locked.news()).toEqual(["attached", "changed"]);
    expect(locked.told.at(-1)?.view?.gameState).toBe("Gameplay");
  });

  test("[E11] are none when it is not open any more", () => {
    const { clock, attach, asked, lines, lobby } = scripted();
    attach();
    lobby.isOpen = false;
    clock.advance(200_000);
    expect([asked.length, lines.length]).toEqual([1, 1]);
  });

  test("[E11] come sooner when something says that somebody may have come, two seconds apart at least, and later where nothing comes of them", () => {
    const { clock, attach, lines, line } = scripted();
    attach();
    const news = () => line().said(frame("object", { key: "textDescriptions", val: { latestDescriptions: [] } }));
    const looks: number[] = [];
    let players = ["ADA"];
    for (let ms = 0; ms < 60_000; ms += 100) {
      const before = lines.length;
      clock.advance(100);
      if (lines.length > before) {
        looks.push(ms + 100);
        line().said(welcome(players));
        if (looks.length === 2) players = [...players, "BEA"];
      }
      news();
      news();
    }
    // Two that found somebody; then 4 and 8 s, and never seldomer than the beat of 20 s.
    expect(looks.slice(0, 2)).toEqual([2_000, 4_000]);
    expect(looks.slice(1).every((ms, at) => ms - (looks[at] ?? 0) >= 2_000)).toBe(true);
    expect(looks.length).toBeLessThan(12);
  });

  test("[E11] whose line cannot be had leave the one that stands", () => {
    for (const fail of ["gone", "error", "silence"]) {
      const { clock, attach, line, news, watch } = scripted();
      const first = attach();
      clock.advance(20_000);
      if (fail === "gone") line().gone("line: closed 1006");
      if (fail === "error") line().said(ERROR(2014));
      if (fail === "silence") clock.advance(8_000);
      expect([fail, news(), watch.state, first.isClosed]).toEqual([fail, ["attached"], "watching", false]);
      first.said(frame("client/connected", { id: 7, name: "CLEO", role: "player" }));
      expect(news()).toEqual(["changed"]);
    }
  });

  test("[E11] that are refused, over and over, leave it too; if it closes then, a watcher as at first is refused for good", () => {
    const { clock, attach, line, question, news, watch } = scripted();
    const first = attach();
    for (let n = 0; n < 3; n++) {
      clock.advance(20_000);
      line().said(ERROR(2014));
    }
    expect([news(), watch.state, first.isClosed]).toEqual([["attached"], "watching", false]);
    first.gone("line: closed 1000");
    clock.advance(0);
    question().answer(ROOM);
    line().said(ERROR(2014));
    expect(news()).toEqual(["lost", "over role_rejected"]);
  });

  test("[E11] whose line cannot be had, while the old one closes: the way is lost", () => {
    const { clock, attach, asked, line, news } = scripted();
    const first = attach();
    clock.advance(20_000);
    first.gone("line: closed 1000");
    expect(news()).toEqual(["attached"]);
    line().gone("line: closed 1006");
    // What the look wanted to know, the next attempt asks.
    expect([news(), asked.at(-1)?.isTakenBack]).toEqual([["lost"], true]);
  });
});

describe("a stop", () => {
  type Script = ReturnType<typeof scripted>;
  const stops: readonly (readonly [state: string, lead: (script: Script) => void])[] = [
    ["before the first probe", () => {}],
    ["probing", ({ clock }) => clock.advance(0)],
    [
      "between two attempts",
      ({ clock, question }) => {
        clock.advance(0);
        question().answer({ kind: "failed", trouble: "x" });
      },
    ],
    ["connecting", ({ connect }) => void connect()],
    ["watching", ({ attach }) => void attach()],
    [
      "during a look",
      ({ attach, clock }) => {
        attach();
        clock.advance(20_000);
      },
    ],
    [
      "between two looks",
      ({ attach, line }) => {
        attach();
        line().said(frame("object", { key: "textDescriptions", val: {} }));
      },
    ],
    ["lost", ({ attach }) => attach().gone("x")],
    ["over", ({ attach }) => attach().said(frame("room/exit", {}))],
  ];
  test.each(stops)("[E7] %s ends all of it, and nothing is told", (state, lead) => {
    const script = scripted();
    lead(script);
    script.news();
    const before = { asked: script.asked.length, lines: script.lines.length };
    script.watch.stop();
    // A line that the server closed is no more in any case.
    expect(script.lines.filter(({ isClosed }) => !isClosed).length).toBe(state === "lost" ? 1 : 0);
    script.clock.advance(600_000);
    for (const question of script.asked) question.answer(ROOM);
    for (const line of script.lines) {
      line.said(welcome(["ADA"]));
      line.gone("x");
    }
    script.clock.advance(600_000);
    expect(script.news()).toEqual([]);
    expect({ asked: script.asked.length, lines: script.lines.length }).toEqual(before);
    expect(script.watch.state).toBe("over");
  });
});

test("[E12] the log says that it began, that the way was lost and how it ended; no code, no name, no secret", () => {
  const { attach, logged, clock, question } = scripted();
  const line = attach(welcome(["ADA", "BEA"], { state: "Lobby" }));
  line.gone("line: closed 1006");
  clock.advance(1_000);
  question().answer({ kind: "nowhere" });
  expect(logged).toEqual([
    'a Jackbox room is watched {"appTag":"quiplash3","stateIn":"room","players":2}',
    'the way to a Jackbox room is lost {"trouble":"line: closed 1006"}',
    'a Jackbox room is watched no more {"reason":"room_closed","trouble":"directory: 404"}',
  ]);
  expect(logged.join("")).not.toMatch(/KLMN|ADA|BEA|s9|play\.example/);
});

test("[E9] a list of 5,000 is cut, and a welcome without one leaves the list as it was", () => {
  const { attach, told, line } = scripted();
  const crowd = Object.assign({}, ...Array.from({ length: 5_000 }, (_, n) => player(5_000 - n, `P${n}`)));
  attach(frame("client/welcome", { id: 9, secret: "x", here: crowd }));
  const players = told[0]?.view?.players ?? [];
  expect([players.length, players[0]?.id, players.at(-1)?.id]).toEqual([256, 1, 256]);
  line().said(frame("client/welcome", { id: 9, secret: "x", here: null }));
  expect(told.length).toBe(1);
});
