// A bug in the server, made on purpose: the clock throws, once, where the test says. What must hold is the wall around it.
import { describe, expect, test } from "bun:test";
import { Client } from "../support/client.ts";
import { ManualClock } from "../support/clock.ts";
import { handshake, rawHttp } from "../support/http.ts";
import { openRoom, stages } from "../support/stage.ts";

const stage = stages();

class BrokenClock extends ManualClock {
  #isBroken = false;

  /** The next look at it throws. */
  break(): void {
    this.#isBroken = true;
  }

  override now(): number {
    if (!this.#isBroken) return super.now();
    this.#isBroken = false;
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
