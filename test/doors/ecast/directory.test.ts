// The directory by HTTP, against a stand-in over a real port: what is asked and how often, and what is made of answers that are none.
import { afterEach, describe, expect, test } from "bun:test";
import { Directory, type Found } from "../../../src/doors/ecast/directory.ts";
import { ManualClock } from "../../support/clock.ts";
import { FakeEcast } from "../../support/ecast.ts";

const open: FakeEcast[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.stop();
});

function stage(rest: FakeEcast["rest"] = null) {
  const fake = new FakeEcast();
  open.push(fake);
  fake.rest = rest;
  const clock = new ManualClock();
  const directory = new Directory(fake.url, clock);
  /** Resolves when it is answered: sockets and the clock's due timers get their turns until then. */
  const ask = async (code = "KLMN", isUrgent = true): Promise<Found> => {
    let found: Found | null = null;
    directory.ask(code, isUrgent, (answer) => {
      found = answer;
    });
    await until(() => found !== null);
    return found as unknown as Found;
  };
  const turn = async () => {
    clock.advance(0);
    await new Promise(setImmediate);
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await turn();
  };
  return { fake, clock, directory, ask, turn, until };
}

const failed = (trouble: string): Found => ({ kind: "failed", trouble: `directory: ${trouble}` });

describe("an answer", () => {
  test("[E4] says where the room is, and the question who asks", async () => {
    const { fake, ask } = stage();
    fake.open({ code: "KLMN", appTag: "quiplash3", locked: true });
    const facts = { appTag: "quiplash3", minPlayers: 3, maxPlayers: 8 };
    expect(await ask()).toEqual({ kind: "room", host: fake.host, isLocked: true, facts });
    const [request] = fake.requests;
    expect(request?.url).toBe(`${fake.url}/api/v2/rooms/KLMN`);
    expect(request?.headers.get("user-agent")).toMatch(/^Partyline\/\d/);
    expect([request?.headers.get("accept"), request?.headers.get("accept-encoding")]).toEqual([
      "application/json",
      "identity",
    ]);
  });

  test("[E7] that is a 404 says that there is none", async () => {
    const { ask } = stage();
    expect(await ask()).toEqual({ kind: "nowhere" });
  });

  test("[E9] may lack all but the host, and what is of another type is missing", async () => {
    const nobody = { appTag: null, minPlayers: null, maxPlayers: null };
    const bodies: readonly object[] = [
      {},
      { appTag: 5, maxPlayers: "8", minPlayers: 0 },
      { appTag: "a\u0000", maxPlayers: 1e9, locked: "yes" },
    ];
    for (const body of bodies) {
      const { ask } = stage(() => Response.json({ ok: true, body: { host: "a.example", ...body } }));
      expect(await ask()).toEqual({ kind: "room", host: "a.example", isLocked: false, facts: nobody });
    }
  });

  const none: readonly (readonly [string, () => Response, Found])[] = [
    [
      "a redirect",
      () => new Response(null, { status: 302, headers: { location: "/api/v2/rooms/KLMN" } }),
      failed("302"),
    ],
    ["a fault", () => new Response("x", { status: 500 }), failed("500")],
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } }), failed("not understood")],
    ["not ok", () => Response.json({ ok: false, body: { host: "a.example" } }), failed("not understood")],
    ["ok of another kind", () => Response.json({ ok: 1, body: { host: "a.example" } }), failed("not understood")],
    ["without a host", () => Response.json({ ok: true, body: {} }), failed("not understood")],
    ["a host of 7", () => Response.json({ ok: true, body: { host: 7 } }), failed("not understood")],
    ["an empty host", () => Response.json({ ok: true, body: { host: "" } }), failed("not understood")],
    ["null", () => Response.json(null), failed("not understood")],
    ["no UTF-8", () => new Response(new Uint8Array([123, 255, 125])), failed("not understood")],
    ["nothing", () => new Response(""), failed("not understood")],
    [
      "packed",
      () =>
        new Response(Bun.gzipSync('{"ok":true,"body":{"host":"a.example"}}'), {
          headers: { "content-encoding": "gzip" },
        }),
      failed("not understood"),
    ],
    [
      "too long",
      () => Response.json({ ok: true, body: { host: "a.example", x: "x".repeat(64 * 1024) } }),
      failed("not understood"),
    ],
    ["a 201", () => Response.json({ ok: true, body: { host: "a.example" } }, { status: 201 }), failed("201")],
  ];
  test.each(none)("[E6] that is %s is none", async (_, rest, found) => {
    const { ask, fake } = stage(rest);
    expect(await ask()).toEqual(found);
    expect(fake.requests.length).toBe(1);
  });

  test("[E6] that never ends is cut off", async () => {
    let sent = 0;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            sent++;
            controller.enqueue(new Uint8Array(16 * 1024).fill(32));
          },
        }),
      );
    const { ask } = stage(endless);
    expect(await ask()).toEqual(failed("not understood"));
    expect(sent).toBeGreaterThan(3);
  });

  test("[E6] that does not come within 5 s is none; of nobody there, too", async () => {
    const { ask, clock, fake, until, turn } = stage(() => new Promise<Response>(() => {}));
    const answer = ask();
    await until(() => fake.requests.length === 1);
    clock.advance(4_999);
    await turn();
    clock.advance(1);
    expect(await answer).toEqual(failed("no answer"));
    await fake.stop();
    const nobody = new Directory(fake.url, clock);
    let found: Found | null = null;
    nobody.ask("KLMN", true, (answered) => {
      found = answered;
    });
    await until(() => found !== null);
    expect(found as unknown as Found).toEqual(failed("no connection"));
  });
});

describe("the pace", () => {
  test("[E12] is a question a second for the whole server, those that are waited for first", async () => {
    const { fake, clock, directory, turn, until } = stage();
    for (const code of ["AAAA", "BBBB", "CCCC"]) directory.ask(code, false, () => {});
    directory.ask("URGE", true, () => {});
    const codes = () => fake.requests.map(({ url }) => url.slice(-4));
    await until(() => codes().length === 1);
    for (const expected of [2, 3, 4]) {
      clock.advance(999);
      for (let n = 0; n < 20; n++) await turn();
      expect(codes().length).toBe(expected - 1);
      clock.advance(1);
      await until(() => codes().length === expected);
    }
    expect(codes()).toEqual(["URGE", "AAAA", "BBBB", "CCCC"]);
  });

  test.each([
    [429, "7", 7_000],
    [403, "100000", 300_000],
    [429, "soon", 60_000],
    [403, null, 60_000],
    [429, "0", 1_000],
  ] as const)("[E12] stops for all after a %d with Retry-After %s: for %d ms", async (status, after, ms) => {
    const headers: Record<string, string> = after === null ? {} : { "retry-after": after };
    const { fake, clock, directory, ask, turn, until } = stage(() => new Response("", { status, headers }));
    expect(await ask()).toEqual(failed(String(status)));
    directory.ask("BBBB", true, () => {});
    clock.advance(ms - 1);
    for (let n = 0; n < 20; n++) await turn();
    expect(fake.requests.length).toBe(1);
    clock.advance(1);
    await until(() => fake.requests.length === 2);
  });

  test("[E7] a question that is taken back is not asked, nor answered, and holds nobody up", async () => {
    const { fake, clock, directory, until } = stage();
    fake.open({ code: "KLMN" });
    const heard: string[] = [];
    const takeBack = directory.ask("KLMN", true, () => heard.push("first"));
    takeBack();
    directory.ask("KLMN", true, () => heard.push("second"));
    await until(() => heard.length > 0);
    const late = directory.ask("KLMN", true, () => heard.push("late"));
    clock.advance(1_000);
    await until(() => fake.requests.length === 2);
    late();
    directory.ask("KLMN", true, () => heard.push("last"));
    clock.advance(1_000);
    await until(() => heard.length > 1);
    expect(heard).toEqual(["second", "last"]);
    directory.stop();
  });
});
