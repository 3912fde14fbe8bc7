// A bug in the server, made on purpose: the clock throws, once, where the test says. What must hold is the wall around it.
import { describe, expect, spyOn, test } from "bun:test";
import { Tokens } from "../../src/auth/tokens.ts";
import { LIVE_PATH } from "../../src/dialects/index.ts";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { frame, OPCODE, RawClient } from "../support/raw.ts";
import { numbersOf, openRoom, range, stages, take } from "../support/stage.ts";

const stage = stages();

class BrokenClock extends ManualClock {
  /** Looks at it until one throws; null: none does. */
  #looksLeft: number | null = null;

  /** The next look at it throws, or the one after so many. */
  break(looks = 0): void {
    this.#looksLeft = looks;
  }

  override now(): number {
    if (this.#looksLeft === null) return super.now();
    if (this.#looksLeft-- > 0) return super.now();
    this.#looksLeft = null;
    throw new Error("the clock is broken: secret4711");
  }
}

describe("a fault", () => {
  test("[L1] while a frame is handled closes that line with 1011, is counted and logged once", async () => {
    const clock = new BrokenClock();
    const { server } = stage({}, clock);
    const { host, guests } = await openRoom(server.url, 2);
    const [unlucky, other] = guests as [Client, Client];
    clock.break();
    unlucky.send({ type: "ping" });
    expect(await unlucky.closed).toEqual({ code: 1011, reason: "internal error" });
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "guest-1", reason: "lost" });
    other.send({ type: "send", data: "still here" });
    expect(await host.next()).toEqual({ type: "message", from: "guest-2", data: "still here" });
    expect(await server.metric("partyline_faults_total")).toBe(1);
    const faults = server.logged.filter((line) => JSON.parse(line).level === "error");
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain("secret4711");
    expect(JSON.parse(faults[0] ?? "")).toMatchObject({ msg: "fault in message" });
  });

  test("[L1] while a line closes leaves no ghost of it", async () => {
    const clock = new BrokenClock();
    const { server } = stage({}, clock);
    const { host, code } = await openRoom(server.url, 0);
    clock.break();
    await host.close();
    const next = await Client.connect(server.url);
    expect(await next.ask({ type: "join", clientId: "late", room: code })).toMatchObject({ message: "Room not found" });
    expect(await server.metric("partyline_lines")).toBe(1);
    expect(await server.metric("partyline_rooms")).toBe(0);
  });

  test("[L1][R21] in the last words of a line leaves no ghost of it either", async () => {
    const clock = new BrokenClock();
    const { server } = stage({}, clock);
    const { host, code } = await openRoom(server.url, 0);
    const line = await RawClient.connect(server.url);
    line.send(JSON.stringify({ type: "join", clientId: "unlucky", room: code }));
    await line.next();
    await host.next();
    const words = [...range(0, 130).map((n) => ({ type: "send", data: n })), { type: "ping" }];
    // The first look begins the pause of the flood; the ping behind it is read when the line has closed.
    clock.break(1);
    // One write: the server meets the close before it could pause the line.
    line.write(Buffer.concat([...words.map((word) => frame(JSON.stringify(word))), frame("", OPCODE.close)]));
    expect(numbersOf(await take(host, 130))).toEqual(range(0, 130));
    expect(await host.next()).toEqual({ type: "peer_left", clientId: "unlucky", reason: "lost" });
    expect(await server.metric("partyline_faults_total")).toBe(1);
    const faults = server.logged.filter((text) => JSON.parse(text).level === "error");
    expect(faults.map((text) => JSON.parse(text).msg)).toEqual(["fault in close"]);
  });

  test("[L1] while a token is looked at closes that line with 1011, and is logged", async () => {
    const { server } = stage();
    const verify = spyOn(Tokens.prototype, "verify").mockRejectedValue(new Error("no key"));
    try {
      const client = await Client.connect(server.url + LIVE_PATH);
      client.send({ type: "auth", token: "any" });
      expect((await client.closed).code).toBe(1011);
    } finally {
      verify.mockRestore();
    }
    expect(server.logged.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: "error",
        msg: "fault in a token",
        err: expect.objectContaining({ message: "no key" }),
      }),
    );
  });

  test("[L1] in a request is a 500 without detail", async () => {
    const clock = new BrokenClock();
    const { server } = stage({}, clock);
    clock.break();
    const { status, text } = await rawHttp(server.http, handshake("/"));
    expect(status).toBe(500);
    expect(text).toEndWith('\r\n\r\n{"error":"Internal error"}');
    expect(text).not.toContain("secret4711");
    expect(await server.metric("partyline_faults_total")).toBe(1);
    await Client.connect(server.url);
  });
});
