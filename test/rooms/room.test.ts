// Rules of rooms and seats, shown on the core alone: no socket, no JSON, a clock that stands still.
import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS, FIXED, type Limits } from "../../src/limits.ts";
import { Relay } from "../../src/relay.ts";
import { CODE_ALPHABET, codeDrawer, isRude } from "../../src/rooms/code.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import type { Command, Event } from "../../src/vocabulary.ts";
import { ManualClock } from "../support/clock.ts";
import { NotebookLine, NotebookOutlet } from "../support/notebook.ts";

type Want = Command extends infer C ? (C extends unknown ? Omit<C, "asked"> : never) : never;

function house(limits: Partial<Limits> = {}) {
  const clock = new ManualClock();
  const rooms = new Rooms({ ...DEFAULT_LIMITS, ...limits }, 4, clock, new NotebookOutlet());
  const relay = new Relay(rooms, clock);
  const ask = (line: NotebookLine, want: Want, ref?: string): Event | null =>
    relay.handle(line, { ...want, asked: { type: want.kind, ref } } as Command);
  const create = (clientId = "host", maxClients = 8, code: string | null = null, line = new NotebookLine()) => {
    const guest = { clientId, name: null, tick: false };
    const answer = ask(line, { kind: "create", guest, maxClients, code });
    return { line, answer, code: answer?.kind === "created" ? answer.code : "" };
  };
  const join = (code: string, clientId: string, line = new NotebookLine(), name: string | null = null) => {
    const answer = ask(line, { kind: "join", guest: { clientId, name, tick: false }, code });
    return { line, answer };
  };
  return { clock, rooms, relay, ask, create, join };
}

function nameOf(answer: Event | null): string | null {
  return answer?.kind === "refusal" ? answer.name : (answer?.kind ?? null);
}

describe("opening", () => {
  test("[R1] the creator sits in the first seat and is host", () => {
    const { relay, rooms, create } = house();
    const { line, answer, code } = create("tv");
    expect(answer).toEqual({ kind: "created", code, clientId: "tv" });
    expect(relay.isHost(line)).toBe(true);
    expect(rooms.find(code, "party")?.size).toBe(1);
  });

  test("[R3] codes are drawn from the alphabet and differ", () => {
    const draw = codeDrawer(4);
    const drawn = Array.from({ length: 2000 }, draw);
    expect(drawn.every((code) => code.length === 4 && [...code].every((char) => CODE_ALPHABET.includes(char)))).toBe(
      true,
    );
    expect(new Set(drawn).size).toBeGreaterThan(1900);
    expect(CODE_ALPHABET).not.toMatch(/[IO01]/);
  });

  test("[R3] a rude word is not given when asked for, nor inside a longer code", () => {
    const { create } = house();
    expect(nameOf(create("tv", 4, "FUCK").answer)).toBe("code_taken");
    expect(isRude("2FUCK3")).toBe(true);
    expect(isRude("GXHB")).toBe(false);
  });

  test("[R5] a code rests for 60 s after its room", () => {
    const { clock, ask, create } = house();
    const { line } = create("tv", 4, "GXHB");
    ask(line, { kind: "leave" });
    expect(nameOf(create("tv", 4, "GXHB").answer)).toBe("code_taken");
    clock.advance(FIXED.codeRestMs - 1);
    expect(nameOf(create("tv", 4, "GXHB").answer)).toBe("code_taken");
    clock.advance(1);
    expect(create("tv", 4, "GXHB").code).toBe("GXHB");
  });

  test("[R5] past 65,536 resting codes the one that ended first is free again", () => {
    const { ask, create } = house();
    ask(create("tv", 4, "GXHB").line, { kind: "leave" });
    for (let opened = 0; opened < FIXED.codesRestingMax; opened++) ask(create().line, { kind: "leave" });
    expect(create("tv", 4, "GXHB").code).toBe("GXHB");
  });

  test("[R6] a code is given in any case if it is free", () => {
    const { create } = house();
    expect(create("a", 4, "gxhb").code).toBe("GXHB");
    expect(nameOf(create("b", 4, "GXHB").answer)).toBe("code_taken");
    for (const bad of ["GXH", "GXHBB", "GX B", "GXH0", "ÄXHB"])
      expect(nameOf(create("c", 4, bad).answer)).toBe("bad_field");
  });

  test("[R7] the limits of rooms, in all and an address", () => {
    const { create, ask } = house({ roomsMax: 3, roomsPerAddressMax: 2 });
    const first = create();
    create();
    expect(nameOf(create().answer)).toBe("too_many_rooms");
    expect(nameOf(create("x", 2, null, new NotebookLine("party", "198.51.100.1")).answer)).toBe("created");
    expect(nameOf(create("x", 2, null, new NotebookLine("party", "198.51.100.2")).answer)).toBe("server_full");
    ask(first.line, { kind: "leave" });
    expect(nameOf(create().answer)).toBe("created");
  });

  test("[R7] no room is opened while the server drains; those that are open play on", () => {
    const { rooms, create, join } = house();
    const { code } = create();
    rooms.drain();
    expect(nameOf(create().answer)).toBe("draining");
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  test("[R8] maxClients is at most the server's limit, which the error names", () => {
    const { create } = house({ clientsPerRoomMax: 5 });
    expect(create("tv", 5).code).not.toBe("");
    const { answer } = create("tv", 6);
    expect(answer).toMatchObject({ name: "bad_field", text: "maxClients must be at most 5" });
  });
});

describe("joining", () => {
  test("[R4][R14] the picture holds the members in join order, and the others hear of it", () => {
    const { create, join } = house();
    const { line: tv, code } = create("tv");
    const { line: ann } = join(code.toLowerCase(), "a", new NotebookLine(), "Ann");
    const { answer } = join(code, "b");
    expect(answer).toEqual({
      kind: "joined",
      code,
      host: "tv",
      peers: [
        { clientId: "tv", name: null },
        { clientId: "a", name: "Ann" },
        { clientId: "b", name: null },
      ],
    });
    expect(tv.heard()).toEqual([
      { kind: "peerJoined", peer: { clientId: "a", name: "Ann" } },
      { kind: "peerJoined", peer: { clientId: "b", name: null } },
    ]);
    expect(ann.heard()).toEqual([{ kind: "peerJoined", peer: { clientId: "b", name: null } }]);
  });

  test("[R10] who sits in a room is told so before anything else is looked at", () => {
    const { create, join, ask } = house();
    const { line, code } = create();
    expect(nameOf(join("nope", "x", line).answer)).toBe("already_in_room");
    expect(nameOf(create("x", 999, null, line).answer)).toBe("already_in_room");
    expect(nameOf(ask(line, { kind: "join", guest: { clientId: "x", name: null, tick: false }, code }))).toBe(
      "already_in_room",
    );
  });

  test("[R11] the same clientId takes its seat: old line closed, nobody told, cap and place untouched", () => {
    const { create, join } = house();
    const { line: tv, code } = create("tv", 2);
    const { line: old } = join(code, "a", new NotebookLine(), "Ann");
    tv.heard();
    const { line: fresh, answer } = join(code, "a", new NotebookLine(), "Anna");
    expect(old.closedAs).toBe("replaced");
    expect(old.seat).toBeNull();
    expect(old.hears).toBeNull();
    expect(fresh.seat?.clientId).toBe("a");
    expect(tv.heard()).toEqual([]);
    expect(answer).toMatchObject({ peers: [{ clientId: "tv" }, { clientId: "a", name: "Anna" }] });
  });

  test("[R11] what is left of the old line does not hurt the seat", () => {
    const { relay, rooms, create, join } = house();
    const { code } = create("tv");
    const { line: old } = join(code, "a");
    const { line: fresh } = join(code, "a");
    relay.gone(old, "lost");
    expect(rooms.find(code, "party")?.size).toBe(2);
    expect(fresh.seat?.line).toBe(fresh);
  });

  test("[R12] another dialect does not see the room", () => {
    const { create, join } = house();
    const { code } = create();
    expect(nameOf(join(code, "a", new NotebookLine("other")).answer)).toBe("room_not_found");
  });

  test("[R13] a full room takes nobody new", () => {
    const { create, join } = house();
    const { code } = create("tv", 2);
    join(code, "a");
    expect(nameOf(join(code, "b").answer)).toBe("room_full");
  });
});

describe("leaving", () => {
  test("[R9] the room ends with its last seat", () => {
    const { rooms, create, join, ask, relay } = house();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    relay.gone(tv, "lost");
    expect(rooms.find(code, "party")).not.toBeNull();
    ask(a, { kind: "leave" });
    expect(rooms.find(code, "party")).toBeNull();
    expect(nameOf(join(code, "b").answer)).toBe("room_not_found");
  });

  test("[R16] the reason is told", () => {
    const { create, join, ask, relay } = house();
    const { line: tv, code } = create("tv");
    const [a, b, c] = [join(code, "a").line, join(code, "b").line, join(code, "c").line];
    tv.heard();
    expect(ask(a, { kind: "leave" })).toEqual({ kind: "left" });
    relay.gone(b, "lost");
    relay.gone(c, "timeout");
    expect(tv.heard()).toEqual([
      { kind: "peerLeft", clientId: "a", reason: "left" },
      { kind: "peerLeft", clientId: "b", reason: "lost" },
      { kind: "peerLeft", clientId: "c", reason: "timeout" },
    ]);
    expect(a.heard().at(-1)).toMatchObject({ kind: "peerJoined", peer: { clientId: "c" } });
  });

  test("[R15] nobody is host while the host is gone; it has the role again when it is back", () => {
    const { create, join, relay } = house();
    const { line: tv, code } = create("tv");
    const { line: a, answer } = join(code, "a");
    expect(answer).toMatchObject({ host: "tv" });
    relay.gone(tv, "lost");
    expect(a.heard()).toEqual([
      { kind: "peerLeft", clientId: "tv", reason: "lost" },
      { kind: "hostChanged", clientId: null },
    ]);
    expect(join(code, "b").answer).toMatchObject({ host: null });
    a.heard();
    const { line: back } = join(code, "tv");
    expect(relay.isHost(back)).toBe(true);
    expect(a.heard()).toEqual([
      { kind: "peerJoined", peer: { clientId: "tv", name: null } },
      { kind: "hostChanged", clientId: "tv" },
    ]);
  });

  test("[R17] the host ends the room for everyone; a guest may not", () => {
    const { rooms, create, join, ask } = house();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    expect(nameOf(ask(a, { kind: "closeRoom", reason: null }))).toBe("not_host");
    expect(ask(tv, { kind: "closeRoom", reason: "done" })).toBeNull();
    expect([tv.closedAs, a.closedAs]).toEqual(["roomClosed", "roomClosed"]);
    expect([tv.seat, a.seat, tv.hears, a.hears]).toEqual([null, null, null, null]);
    expect(rooms.find(code, "party")).toBeNull();
  });
});

describe("sending", () => {
  test("[R18] to everyone else, to one, to oneself, to nobody that is there", () => {
    const { create, join, ask } = house();
    const { line: tv, code } = create("tv");
    const [a, b] = [join(code, "a").line, join(code, "b").line];
    for (const line of [tv, a, b]) line.heard();
    const message = (body: string) => ({ kind: "message", from: { clientId: "tv" }, body });
    expect(ask(tv, { kind: "send", to: null, body: "1" }, "r")).toEqual({ kind: "ack", delivered: 2 });
    expect(ask(tv, { kind: "send", to: "a", body: "2" })).toBeNull();
    expect(ask(tv, { kind: "send", to: "tv", body: "3" }, "r")).toEqual({ kind: "ack", delivered: 1 });
    expect(nameOf(ask(tv, { kind: "send", to: "zz", body: "4" }))).toBe("target_not_found");
    expect(a.heard()).toMatchObject([message("1"), message("2")]);
    expect(b.heard()).toMatchObject([message("1")]);
    expect(tv.heard()).toMatchObject([message("3")]);
  });

  test("[P9] to a list: once each, and who is missing is named", () => {
    const { create, join, ask } = house();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    a.heard();
    expect(ask(tv, { kind: "send", to: ["a", "a"], body: "1" }, "r")).toEqual({ kind: "ack", delivered: 1 });
    expect(ask(tv, { kind: "send", to: ["a", "x", "y"], body: "2" })).toMatchObject({
      name: "target_not_found",
      missing: ["x", "y"],
      delivered: 1,
    });
    expect(a.heard()).toHaveLength(2);
  });

  test("[P5] who is in no room is told so, whatever is wrong with the request", () => {
    const { ask } = house();
    const line = new NotebookLine();
    expect(nameOf(ask(line, { kind: "send", to: null, body: "1" }))).toBe("not_in_room");
    expect(nameOf(ask(line, { kind: "leave" }))).toBe("not_in_room");
    expect(nameOf(ask(line, { kind: "closeRoom", reason: null }))).toBe("not_in_room");
    const refusal = { kind: "refusal", name: "too_deep", text: "" } as const;
    expect(nameOf(ask(line, { kind: "flawed", from: "inside", refusal }))).toBe("not_in_room");
    expect(nameOf(ask(line, { kind: "flawed", from: "outside", refusal }))).toBe("too_deep");
  });
});
