// A session as a file: whole, page by page, and in CSV that is read back as it was and that no spreadsheet takes for formulas.
import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { csvLine } from "../../src/doors/http/exports.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { Api, beginSession } from "../support/api.ts";
import { ManualClock } from "../support/clock.ts";
import { startServer } from "../support/server.ts";
import { openRoom, range } from "../support/stage.ts";

const VOTERS = 600;

/** A server with a session of three games, many votes and a member's. */
async function house() {
  const store = Store.open(":memory:", 64 * 1024 * 1024);
  const server = startServer({ LIMITS: "off" }, undefined, store);
  const { host, code } = await openRoom(server.url);
  const begun = await beginSession(server);
  const { api, id, at } = begun;
  await begun.addGame({ title: "Quiz", room_code: code });
  await begun.addGame({ title: "nobody's" });
  await begun.addGame({ title: '=HYPERLINK("https://x.example";"win")', pack_name: 'a,"b" c', min_players: 2 });
  for (const n of range(0, VOTERS)) {
    store.putVote({ gameId: 1, voter: `chat:v${n}`, username: `v${n}`, vote: n % 3 === 0 ? "down" : "up", votedAt: n });
  }
  store.putVote({ gameId: 3, voter: "member:its-secret-id", username: "@ann", vote: "up", votedAt: 0 });
  const text = async (query: string, of = api) => {
    const answer = await of.send("GET", `${at}/export?${query}`);
    expect(answer.status).toBe(200);
    return answer;
  };
  const rows = async (query: string, of = api) => {
    const { text: lines } = await text(query, of);
    expect(lines === "" || lines.endsWith("\n")).toBe(true);
    return lines
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  return { store, server, host, code, api, id, at, text, rows, [Symbol.asyncDispose]: () => server.stop() };
}

/** A reader of RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  const row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    const [, quoted, plain = "", end] = found;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\r\n") rows.push(row.splice(0));
  }
  expect(row).toEqual([]);
  expect(rows.map(csvLine).length).toBe(rows.length);
  return rows;
}

describe("an export", () => {
  test("[W4] is all games, all votes by game, all events, oldest first", async () => {
    await using all = await house();
    const { rows, api, at, store } = all;
    expect(await rows("of=games")).toEqual([...(await api.list(`${at}/games`))]);
    const votes = await rows("of=votes&format=jsonl");
    expect(votes.length).toBe(VOTERS + 1);
    expect(votes.slice(0, VOTERS).every(({ game_id: game }) => game === 1)).toBe(true);
    expect(new Set(votes.map(({ username }) => username)).size).toBe(VOTERS + 1);
    expect(votes.at(-1)).toEqual({
      ...{ game_id: 3, title: '=HYPERLINK("https://x.example";"win")', username: "@ann", vote: "up" },
      ...{ voted_at: "1970-01-01T00:00:00.000Z", from: "room" },
    });
    const before = (await rows("of=events")).length;
    for (const n of range(0, 700)) store.log(1, "vote.received", "2026-11-27T00:00:00.000Z", JSON.stringify({ n }));
    const events = await rows("of=events");
    expect([before, events.length]).toEqual([5, 705]);
    expect(events.slice(-700).map(({ data }) => data.n)).toEqual(range(0, 700));
    expect(events.map((event) => event.id)).toEqual(events.map((event) => event.id).sort((a, b) => a - b));
  });

  test("[W4] holds no id that a seat could be taken with", async () => {
    await using all = await house();
    for (const format of ["jsonl", "csv"])
      expect((await all.text(`of=votes&format=${format}`)).text).not.toContain("its-secret-id");
  });

  test("[W4] says what it is, for whom it is, and under which name to keep it", async () => {
    await using all = await house();
    const { text, api, at, server } = all;
    const { headers } = await text("of=votes&format=csv");
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("content-disposition")).toBe('attachment; filename="session-1-votes.csv"');
    expect((await text("of=games")).headers.get("content-type")).toBe("application/x-ndjson; charset=utf-8");
    expect(await api.refusal("GET", `${at}/export`)).toEqual([400, "of must be games, votes, events"]);
    expect(await api.refusal("GET", `${at}/export?of=rooms`)).toEqual([400, "of must be games, votes, events"]);
    expect(await api.refusal("GET", `${at}/export?of=games&format=xls`)).toEqual([400, "format must be jsonl, csv"]);
    expect(await api.refusal("GET", "/api/sessions/99/export?of=games")).toEqual([404, "Session not found"]);
    expect((await api.send("HEAD", `${at}/export?of=games`)).text).toBe("");
    expect(await server.metric("partyline_streams")).toBe(0);
  });

  test("[W4][S38] a viewer's has no codes", async () => {
    await using all = await house();
    const { text, api, server, code } = all;
    const { token } = await api.ask("POST", "/api/auth/links", { role: "viewer" });
    const viewer = new Api(server, { authorization: `Bearer ${token}` });
    for (const of of ["games", "events"]) {
      expect((await text(`of=${of}`)).text).toContain(code);
      expect((await text(`of=${of}`, viewer)).text).not.toContain(code);
      expect((await text(`of=${of}&format=csv`, viewer)).text).not.toContain(code);
    }
  });

  test("[W4] of a session that is forgotten meanwhile breaks off, and does not end as if it were whole", async () => {
    const store = Store.open(":memory:", 64 * 1024 * 1024);
    const clock = new ManualClock();
    const server = startServer({}, clock, store);
    try {
      const { host } = await openRoom(server.url);
      await host.ask({ type: "session.start" });
      for (const n of range(0, 300)) {
        const data = JSON.stringify({ n, text: "x".repeat(60_000) });
        store.log(1, "vote.received", "2026-11-27T00:00:00.000Z", data);
      }
      await host.ask({ type: "session.end" });
      const api = await Api.admitted(server);
      const socket = connect(Number(new URL(server.http).port), "127.0.0.1");
      let text = "";
      const isOver = new Promise<void>((resolve) => socket.on("close", () => resolve()));
      socket.on("error", () => {});
      const begun = new Promise<void>((resolve) =>
        socket.on("data", (chunk) => {
          text += chunk.toString("latin1");
          if (text.length > 100_000) resolve();
        }),
      );
      socket.write(
        `GET /api/sessions/1/export?of=events HTTP/1.1\r\nHost: x\r\nAuthorization: ${api.headers.authorization}\r\n\r\n`,
      );
      const pump = async (until: Promise<void>) => {
        const done = until.then(() => true);
        while (!(await Promise.race([done, server.metric("partyline_lines").then(() => false)]))) clock.advance(0);
      };
      await pump(begun);
      store.forgetSome(1, 1);
      await pump(isOver);
      // The last chunk of an answer that is whole is an empty one.
      expect(text.endsWith("0\r\n\r\n")).toBe(false);
      expect(text.length).toBeLessThan(300 * 60_000);
      expect(await server.metric("partyline_streams")).toBe(0);
      expect(await server.metric("partyline_faults_total")).toBe(0);
    } finally {
      await server.stop();
    }
  }, 30_000);
});

describe("CSV", () => {
  test("[W5] is read back as it was, each line as long as the first", async () => {
    await using all = await house();
    const rows = readCsv((await all.text("of=games&format=csv")).text);
    const [head = []] = rows;
    expect(head.slice(0, 4)).toEqual(["id", "session_id", "title", "pack_name"]);
    expect(rows.map((row) => row.length)).toEqual(range(0, 4).map(() => head.length));
    expect(rows[3]?.slice(2, 6)).toEqual([`'=HYPERLINK("https://x.example";"win")`, 'a,"b" c', "2", ""]);
    const votes = readCsv((await all.text("of=votes&format=csv")).text);
    expect(votes.length).toBe(VOTERS + 2);
    expect(votes.at(-1)?.[2]).toBe("'@ann");
    const events = readCsv((await all.text("of=events&format=csv")).text);
    expect(JSON.parse(events[1]?.[3] ?? "")).toMatchObject({ session: { id: 1 } });
  });

  test.each([
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", `"'\t'=1"`],
    ["\r=1", `"'\r=1"`],
    ["\n=1", `"'\n=1"`],
    ["＝1", "'＝1"],
    ["＋1", "'＋1"],
    ["－1", "'－1"],
    ["＠x", "'＠x"],
    ['a;"=1+1;b', `"a;""'=1+1;b"`],
    ['a\t "" =1+1', `"a\t """" '=1+1"`],
    ['=cmd|"/c calc"!A0', `"'=cmd|""/c calc""!A0"`],
    ["fun;=1", `"fun;'=1"`],
    ["a=b", "a=b"],
    ['say "hi"', '"say ""hi"""'],
    ["a, b", '"a, b"'],
    ["", ""],
    [-3, "-3"],
    [true, "true"],
    [null, ""],
  ])("[W5] %j is written as %j", (value, cell) => {
    expect(csvLine([value, 1])).toBe(`${cell},1\r\n`);
  });
});
