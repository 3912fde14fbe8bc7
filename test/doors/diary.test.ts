// What the log says of an evening: limits that bit, operators that came in, rooms at `debug`.
import { expect, test } from "bun:test";
import { openDiary } from "../../src/doors/diary.ts";
import { openLog } from "../../src/log.ts";
import { Tally } from "../../src/metrics/tally.ts";
import { NO_WITNESS, type RoomFace } from "../../src/rooms/ports.ts";
import { Api } from "../support/api.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { ADMIN_KEY, startServer } from "../support/server.ts";

/** A diary with a log of its own. */
function diaryAt(level: "debug" | "info") {
  const lines: Record<string, unknown>[] = [];
  const log = openLog(level, { write: (line) => void lines.push(JSON.parse(line)) });
  const clock = new ManualClock();
  const tally = new Tally();
  const heard: string[] = [];
  const witness = openDiary(log, () => clock.now(), tally, {
    ...NO_WITNESS,
    opened: ({ code }, how) => void heard.push(`${code} ${how}`),
    ended: ({ code }) => void heard.push(`${code} ended`),
  });
  return { lines, clock, tally, witness, heard };
}

const ROOM = { code: "GXHB", wire: "party", maxClients: 8, address: "192.0.2.1" } as RoomFace;

test("[L46] a limit is told when it bites, and then once a minute at most, with how often it did", () => {
  const { lines, clock, tally } = diaryAt("info");
  const told = () => lines.splice(0).map(({ bucket, times, msg }) => [msg, bucket, times]);
  tally.limited("messages");
  expect(told()).toEqual([["a limit bit", "messages", 1]]);
  for (let n = 0; n < 500; n++) tally.limited("messages");
  tally.limited("joins");
  expect(told()).toEqual([["a limit bit", "joins", 1]]);
  clock.advance(59_999);
  tally.limited("messages");
  expect(told()).toEqual([]);
  clock.advance(1);
  tally.limited("messages");
  expect(told()).toEqual([["a limit bit", "messages", 502]]);
  clock.advance(600_000);
  tally.limited("messages");
  expect(told()).toEqual([["a limit bit", "messages", 1]]);
  expect(tally.limitedBy.get("messages")).toBe(504);
});

test("[L46] rooms are told at debug alone; whoever watched them still does", () => {
  for (const level of ["debug", "info"] as const) {
    const { lines, witness, heard } = diaryAt(level);
    witness.opened(ROOM, "opened");
    witness.opened(ROOM, "restored");
    witness.ended(ROOM);
    const told = lines.map(({ msg, address, dialect }) => [msg, address, dialect]);
    const all = ["a room is opened", "a room is restored", "a room has ended"].map((msg) => [
      msg,
      "192.0.2.1",
      "party",
    ]);
    expect([level, told]).toEqual([level, level === "debug" ? all : []]);
    expect(JSON.stringify(lines)).not.toContain("GXHB");
    expect(heard).toEqual(["GXHB opened", "GXHB restored", "GXHB ended"]);
  }
});

test("[L46] an evening leaves its facts in the log, and no word of what was said, by whom, or with which secret", async () => {
  const server = startServer({ MESSAGES_PER_SECOND: "1", HOST_MESSAGES_PER_SECOND: "1" });
  try {
    const api = await Api.admitted(server);
    const tv = await Client.connect(server.url);
    const create = { type: "create", clientId: "the-tv", secret: "of-the-tv", name: "Living room", maxClients: 4 };
    const { room } = await tv.ask(create);
    for (let n = 0; n < 20; n++) tv.send({ type: "send", data: "what-was-said" });
    await server.logs(/"a limit bit"/, 1);
    await api.ask("POST", `/api/rooms/${room}/close`);
    expect((await tv.closed).code).toBe(4001);
    await server.logs(/"a room has ended"/, 1);
    const facts = server.logged.map((line) => JSON.parse(line).msg);
    for (const fact of [
      "an operator is in",
      "a room is opened",
      "a limit bit",
      "an operator's doing",
      "a room has ended",
    ])
      expect(facts).toContain(fact);
    const all = server.logged.join("\n");
    for (const word of [
      "what-was-said",
      "the-tv",
      "of-the-tv",
      "Living room",
      ADMIN_KEY,
      String(api.headers.authorization),
    ])
      expect([word, all.includes(word)]).toEqual([word, false]);
  } finally {
    await server.stop();
  }
});
