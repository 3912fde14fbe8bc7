// The HTTP API in no order at all: every call with bodies from plausible and implausible values. FUZZ_SEED repeats a run, FUZZ_STEPS
// lengthens it.
import { expect, test } from "bun:test";
import { CALLS } from "../../src/doors/http/api.ts";
import { GATHERING } from "../../src/sessions/gathering.ts";
import { beginSession, pathOf } from "../support/api.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";
import { openRoom, range, stages } from "../support/stage.ts";

/** A few to begin with. */
const SEEDS = [1, 2];
const STEPS = Number(process.env.FUZZ_STEPS ?? 600);

const TEXTS = [
  "",
  "x",
  "Quiz",
  "up",
  "down",
  "ZZZZ",
  "__proto__",
  "a\u0000b",
  "🎉",
  "\ud800",
  "x".repeat(101),
  "1",
  "-1",
  "1e9",
  "null",
];
const TIMES = [
  "2026-01-31T20:15:00Z",
  "2026-02-30T00:00:00Z",
  "9999-12-31T23:59:59-23:59",
  "0000-01-01T00:00:00+23:59",
  "now",
];
const NUMBERS = [0, 1, 2, -1, 1.5, 10_000, 10_001, 1e9, 2 ** 53, 1e300, -0];
const FIELDS = [
  ...["notes", "room_code", "title", "pack_name", "app_tag", "min_players", "max_players", "manually_added", "key"],
  ...["player_count", "status", "username", "vote", "timestamp", "sessionId", "__proto__", "id", "toString"],
];

function valueFrom(random: Random, rooms: readonly string[]): unknown {
  const kinds = [
    () => random.pick([...TEXTS, ...TIMES, ...rooms]),
    () => random.pick(NUMBERS),
    () => random.pick([true, false, null]),
    () => range(0, random.below(3)).map(() => valueFrom(random, rooms)),
    () => ({ [random.pick(FIELDS)]: valueFrom(random, rooms) }),
  ];
  return random.pick([...kinds, ...kinds.slice(0, 3), ...kinds.slice(0, 2)])();
}

/** Half of the time a field is one that its call may take. */
function bodyFrom(random: Random, rooms: readonly string[]): string {
  const plausible: Record<string, unknown> = {
    title: random.pick(["Quiz", "Draw"]),
    room_code: random.pick([...rooms, null]),
    player_count: random.below(9),
    username: random.pick(["ann", "bob"]),
    vote: random.pick(["up", "down"]),
    sessionId: random.pick([1, 2, "3", null]),
  };
  const members = Object.entries(plausible).filter(() => random.chance(0.7));
  if (random.chance(0.5)) members.push([random.pick(FIELDS), valueFrom(random, rooms)]);
  // As text, so that `__proto__` is a member like any other.
  const text = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
  if (random.chance(0.9)) return text;
  return random.chance(0.5) ? text.slice(0, random.below(text.length + 1)) : JSON.stringify(valueFrom(random, rooms));
}

const stage = stages();

test.each([...SEEDS, seedOf("FUZZ_SEED")])(
  "[H8] no input makes a 5xx, and what is given is what its schema says (seed %d)",
  async (seed) => {
    const { server, clock } = stage({ LIMITS: "off" });
    const { api } = await beginSession(server);
    await api.make("/api/sessions/1/games", { title: "Quiz" });
    const random = randomFrom(seed);
    const party = [await openRoom(server.url), await openRoom(server.url, 2)];
    const rooms = party.map(({ code }) => code);
    const statuses = new Map<number, number>();
    for (const step of range(0, STEPS)) {
      const call = random.pick(CALLS);
      const query = random.chance(0.3)
        ? `?${random.pick(["limit", "after", "before", "begun_by"])}=${random.pick([...NUMBERS, ...TEXTS.slice(0, 7), "host", "token"])}`
        : "";
      const path = pathOf(call, random.pick([1, 1, 2, 3, 999]), random.pick([1, 2, 3, 4, 999])) + query;
      const body = call.method === "GET" ? "" : bodyFrom(random, rooms);
      const asked = `seed ${seed}, step ${step}: ${call.method} ${path} ${body}`;
      const headers = call.method === "GET" ? {} : { body };
      // The moment passes that votes are gathered in [S20].
      clock.advance(GATHERING.everyMs);
      const answer = await fetch(server.http + path.replaceAll("\u0000", "%00"), {
        ...{ method: call.method, headers: { ...api.headers } },
        ...headers,
      });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.ok && call.streams.length > 0) {
        // One that goes on for as long as it is read: its own tests read it.
        const [type = ""] = answer.headers.get("content-type")?.split(";") ?? [];
        expect([asked, call.streams.some((one) => one.startsWith(type))]).toEqual([asked, true]);
        await answer.body?.cancel();
        continue;
      }
      const text = await answer.text();
      if (answer.status === call.status) {
        expect([asked, call.gives.safeParse(JSON.parse(text)).error?.issues]).toEqual([asked, undefined]);
      } else {
        expect([asked, answer.status >= 400 && answer.status < 500]).toEqual([asked, true]);
        expect([asked, Object.keys(JSON.parse(text))]).toEqual([asked, ["error"]]);
      }
    }
    // Or it has shown nothing.
    for (const status of [200, 201, 400, 404, 409])
      expect([seed, status, statuses.has(status)]).toEqual([seed, status, true]);
    expect(await server.metric("partyline_faults_total")).toBe(0);
  },
  // A long run by hand.
  600_000,
);
