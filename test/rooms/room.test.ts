// Rules of rooms and seats, shown on the core alone: no socket, no JSON, a clock that stands still.

import { describe, expect, test } from "bun:test";
import { secrets } from "../../src/auth/seatSecrets.ts";
import { Kept } from "../../src/limits/kept.ts";
import { Outgoing } from "../../src/limits/outgoing.ts";
import { DEFAULT_LIMITS } from "../../src/limits/table.ts";
import { CODE_ALPHABET, Codes, codeDrawer, isRude } from "../../src/rooms/codes.ts";
import { CODE_COOLDOWN_MS, CODES_COOLING_MAX } from "../../src/rooms/cooling.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { core, nameOf, PLAIN_RULES } from "../support/core.ts";
import { NotebookLine, NotebookOutlet } from "../support/notebook.ts";

describe("opening", () => {
  test("[R1] the creator sits in the first seat and is host", () => {
    const { relay, rooms, create } = core();
    const { line, answer, code } = create("tv");
    expect(answer).toMatchObject({ kind: "created", clientId: "tv", picture: { code, host: "tv" } });
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
    const { create } = core();
    expect(nameOf(create("tv", { maxClients: 4, code: "FUCK" }).answer)).toBe("code_taken");
    expect(isRude("2FUCK3")).toBe(true);
    expect(isRude("GXHB")).toBe(false);
    for (const code of ["2fUcK3", "1ShIt9", "xDickx"]) expect([code, isRude(code)]).toEqual([code, true]);
  });

  /** A core whose wire `cased` has codes in which case counts; every other folds it. */
  const withCased = (length = 4) => {
    const { clock, sessions } = core();
    const codesByWire = new Map([["cased", Codes.base58(length)]]);
    const deps = {
      outlet: new NotebookOutlet(),
      secrets,
      watcher: sessions.roomWatcher,
      codesByWire,
      outgoing: new Outgoing(DEFAULT_LIMITS),
      kept: new Kept(DEFAULT_LIMITS),
    };
    return new Rooms(DEFAULT_LIMITS, length, clock, deps);
  };
  const wish = { maxClients: 4, state: null, wireData: null, defaults: null };
  const guest = { clientId: "tv", name: null, secret: null, tick: false };
  const openIn = (rooms: Rooms, wire: string, code: string) =>
    rooms.open(new NotebookLine(wire), guest, { ...wish, code, rules: PLAIN_RULES });

  test("[Q11][R12] codes of two wires that are one when folded are two, and each wire finds its own", () => {
    const rooms = withCased();
    expect(openIn(rooms, "cased", "gxhb")).toMatchObject({ code: "gxhb" });
    expect(openIn(rooms, "cased", "GxHb")).toMatchObject({ code: "GxHb" });
    expect(openIn(rooms, "party", "gxhb")).toMatchObject({ code: "GXHB" });
    expect(rooms.find("gxhb", "cased")?.code).toBe("gxhb");
    expect(rooms.find("g x-h b", "cased")?.code).toBe("gxhb");
    expect(rooms.find("GxHb", "cased")?.code).toBe("GxHb");
    expect(rooms.find("GXHB", "cased")).toBeNull();
    for (const typed of ["gxhb", "GxHb", "GXHB", "gXHB"]) expect(rooms.find(typed, "party")?.code).toBe("GXHB");
    // An operator means the code that he wrote, of whatever wire.
    expect([rooms.at("gxhb"), rooms.at("Gx Hb"), rooms.at("gXhb")].map((room) => room?.wire)).toEqual([
      "cased",
      "cased",
      "party",
    ]);
  });

  test("[Q11] a code of capitals alone is not found in small letters, where case counts", () => {
    const rooms = withCased();
    openIn(rooms, "cased", "GXHB");
    expect([rooms.find("gxhb", "cased"), rooms.at("gxhb"), rooms.find("GXHB", "party")]).toEqual([null, null, null]);
    expect(rooms.at("GX HB")?.wire).toBe("cased");
    expect(openIn(rooms, "cased", "0OIl")).toMatchObject({ name: "bad_field" });
    expect(openIn(rooms, "party", "GXHB")).toMatchObject({ name: "code_taken" });
  });

  test.each([
    ...["GXHB", "gxhb", " GXHB ", "GX HB", "GX-HB", "gx\u2013hb", "GX\u2014HB", "GX\u2212HB", "g x h b\n"],
    ...["ＧＸＨＢ", "ｇｘ\u3000ｈｂ", "GX\u30FCHB", "\uFEFFGX\u200BHB\u00A0", "GX\u3164HB", "GX\u2800HB", "GX\u00ADHB"],
  ])("[R4] %j finds GXHB, and asks for it", (typed) => {
    const { rooms, create, join } = core();
    expect(create("tv", { code: typed }).code).toBe("GXHB");
    expect(join(typed, "ann").answer).toMatchObject({ kind: "joined" });
    expect([rooms.find(typed, "party")?.code, rooms.at(typed)?.code]).toEqual(["GXHB", "GXHB"]);
    // Whatever comes between, it is no other code.
    expect(nameOf(join(`${typed}2`, "bob").answer)).toBe("room_not_found");
  });

  test("[R4] wide digits are digits; a text that is longer than any typed code is none, and is not looked through", () => {
    const { rooms, create } = core();
    create("tv", { code: "GXH2" });
    expect(rooms.find("ｇｘｈ２", "party")).not.toBeNull();
    expect(rooms.find(`GXH2${" ".repeat(60)}`, "party")).not.toBeNull();
    expect(rooms.find(`GXH2${" ".repeat(61)}`, "party")).toBeNull();
    expect(rooms.find("\uFDFA".repeat(16 * 1024), "party")).toBeNull();
    expect(nameOf(create("a", { code: "GX.HB" }).answer)).toBe("bad_field");
  });

  test("[R5] a code cools down for 60 s after its room", () => {
    const { clock, ask, create } = core();
    const { line } = create("tv", { maxClients: 4, code: "GXHB" });
    ask(line, { kind: "leave" });
    expect(nameOf(create("tv", { maxClients: 4, code: "GXHB" }).answer)).toBe("code_taken");
    clock.advance(CODE_COOLDOWN_MS - 1);
    expect(nameOf(create("tv", { maxClients: 4, code: "GXHB" }).answer)).toBe("code_taken");
    clock.advance(1);
    expect(create("tv", { maxClients: 4, code: "GXHB" }).code).toBe("GXHB");
  });

  test("[R5] past so many codes that cool down the one that ended first is free again, and no sooner", () => {
    const { ask, create } = core({}, undefined, { codesCoolingMax: 3 });
    const again = () => nameOf(create("tv", { maxClients: 4, code: "GXHB" }).answer);
    ask(create("tv", { maxClients: 4, code: "GXHB" }).line, { kind: "leave" });
    for (let ended = 1; ended < 3; ended++) ask(create().line, { kind: "leave" });
    expect(again()).toBe("code_taken");
    ask(create().line, { kind: "leave" });
    expect(again()).toBe("created");
    expect(CODES_COOLING_MAX).toBe(65_536);
  });

  test("[R6] a code is given in any case if it is free", () => {
    const { create } = core();
    expect(create("a", { maxClients: 4, code: "gxhb" }).code).toBe("GXHB");
    expect(nameOf(create("b", { maxClients: 4, code: "GXHB" }).answer)).toBe("code_taken");
    for (const bad of ["GXH", "GXHBB", "GX B", "GXH0", "ÄXHB"])
      expect(nameOf(create("c", { maxClients: 4, code: bad }).answer)).toBe("bad_field");
  });

  test("[R7] the limits of rooms, in all and an address", () => {
    const { create, ask } = core({ roomsMax: 3, roomsPerAddressMax: 2 });
    const first = create();
    create();
    expect(nameOf(create().answer)).toBe("too_many_rooms");
    expect(
      nameOf(create("x", { maxClients: 2, code: null, line: new NotebookLine("party", "198.51.100.1") }).answer),
    ).toBe("created");
    expect(
      nameOf(create("x", { maxClients: 2, code: null, line: new NotebookLine("party", "198.51.100.2") }).answer),
    ).toBe("server_full");
    ask(first.line, { kind: "leave" });
    expect(nameOf(create().answer)).toBe("created");
  });

  test("[R7] no room is opened while the server drains; those that are open play on", () => {
    const { rooms, create, join } = core();
    const { code } = create();
    rooms.drain(false);
    expect(nameOf(create().answer)).toBe("draining");
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  test("[R8] maxClients is at most the server's limit, which the error names", () => {
    const { create } = core({ clientsPerRoomMax: 5 });
    expect(create("tv", { maxClients: 5 }).code).not.toBe("");
    const { answer } = create("tv", { maxClients: 6 });
    expect(answer).toMatchObject({ name: "bad_field", text: "maxClients must be at most 5" });
  });
});

describe("joining", () => {
  test("[R4][R14] the picture holds the members in join order, and the others hear of it", () => {
    const { create, join } = core();
    const { line: tv, code } = create("tv");
    const { line: ann } = join(code.toLowerCase(), "a", { name: "Ann" });
    const { answer } = join(code, "b");
    expect(answer).toMatchObject({
      kind: "joined",
      missed: undefined,
      picture: {
        code,
        host: "tv",
        peers: [
          { clientId: "tv", name: null },
          { clientId: "a", name: "Ann" },
          { clientId: "b", name: null },
        ],
      },
    });
    expect(tv.heard()).toMatchObject([
      { kind: "peerJoined", peer: { clientId: "a", name: "Ann" } },
      { kind: "peerJoined", peer: { clientId: "b", name: null } },
    ]);
    expect(ann.heard()).toMatchObject([{ kind: "peerJoined", peer: { clientId: "b", name: null } }]);
  });

  test("[R10] who sits in a room is told so before anything else is looked at", () => {
    const { create, join, ask } = core();
    const { line, code } = create();
    expect(nameOf(join("nope", "x", { line: line }).answer)).toBe("already_in_room");
    expect(nameOf(create("x", { maxClients: 999, code: null, line: line }).answer)).toBe("already_in_room");
    expect(
      nameOf(
        ask(line, { kind: "join", guest: { clientId: "x", name: null, secret: null, tick: false }, since: null, code }),
      ),
    ).toBe("already_in_room");
  });

  test("[R11] the same clientId takes its seat: old line closed, nobody told but of its name, cap and place untouched", () => {
    const { create, join } = core();
    const { line: tv, code } = create("tv", { maxClients: 2 });
    const { line: old } = join(code, "a", { name: "Ann" });
    tv.heard();
    const { line: fresh, answer } = join(code, "a", { name: "Anna" });
    expect(old.closedAs).toBe("replaced");
    expect(old.seat).toBeNull();
    expect(old.hears).toBeNull();
    expect(fresh.seat?.clientId).toBe("a");
    expect(tv.heard()).toEqual([{ kind: "peerRenamed", clientId: "a", index: 1, name: "Anna" }]);
    expect(answer).toMatchObject({ picture: { peers: [{ clientId: "tv" }, { clientId: "a", name: "Anna" }] } });
  });

  test("[R11] what is left of the old line does not hurt the seat", () => {
    const { relay, rooms, create, join } = core();
    const { code } = create("tv");
    const { line: old } = join(code, "a");
    const { line: fresh } = join(code, "a");
    relay.gone(old, "lost");
    expect(rooms.find(code, "party")?.size).toBe(2);
    expect(fresh.seat?.line).toBe(fresh);
  });

  test("[R12] another dialect does not see the room", () => {
    const { create, join } = core();
    const { code } = create();
    expect(nameOf(join(code, "a", { line: new NotebookLine("other") }).answer)).toBe("room_not_found");
  });

  test("[R13] a full room takes nobody new", () => {
    const { create, join } = core();
    const { code } = create("tv", { maxClients: 2 });
    join(code, "a");
    expect(nameOf(join(code, "b").answer)).toBe("room_full");
  });
});

describe("leaving", () => {
  test("[R9] the room ends with its last seat", () => {
    const { rooms, create, join, ask, relay } = core();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    relay.gone(tv, "lost");
    expect(rooms.find(code, "party")).not.toBeNull();
    ask(a, { kind: "leave" });
    expect(rooms.find(code, "party")).toBeNull();
    expect(nameOf(join(code, "b").answer)).toBe("room_not_found");
  });

  test("[R16] the reason is told", () => {
    const { create, join, ask, relay } = core();
    const { line: tv, code } = create("tv");
    const [a, b, c] = [join(code, "a").line, join(code, "b").line, join(code, "c").line];
    tv.heard();
    expect(ask(a, { kind: "leave" })).toEqual({ kind: "left" });
    relay.gone(b, "lost");
    relay.gone(c, "timeout");
    expect(tv.heard()).toMatchObject([
      { kind: "peerLeft", clientId: "a", reason: "left" },
      { kind: "peerLeft", clientId: "b", reason: "lost" },
      { kind: "peerLeft", clientId: "c", reason: "timeout" },
    ]);
    expect(a.heard().at(-1)).toMatchObject({ kind: "peerJoined", peer: { clientId: "c" } });
  });

  test("[R15] nobody is host while the host is gone; it has the role again when it is back", () => {
    const { create, join, relay } = core();
    const { line: tv, code } = create("tv");
    const { line: a, answer } = join(code, "a");
    expect(answer).toMatchObject({ picture: { host: "tv" } });
    relay.gone(tv, "lost");
    expect(a.heard()).toMatchObject([
      { kind: "peerLeft", clientId: "tv", reason: "lost" },
      { kind: "hostChanged", clientId: null },
    ]);
    expect(join(code, "b").answer).toMatchObject({ picture: { host: null } });
    a.heard();
    const { line: back } = join(code, "tv");
    expect(relay.isHost(back)).toBe(true);
    expect(a.heard()).toMatchObject([
      { kind: "peerJoined", peer: { clientId: "tv", name: null } },
      { kind: "hostChanged", clientId: "tv" },
    ]);
  });

  test("[R17] what hears of its end and ends it again ends it once", () => {
    const { create, rooms, ask, sessions } = core();
    const { line: tv, code } = create("tv");
    let endings = 0;
    sessions.roomWatcher.ending = (room) => {
      if (++endings < 3) room.close("roomClosed", null);
    };
    ask(tv, { kind: "closeRoom", reason: null });
    expect([endings, rooms.at(code), tv.closedAs]).toEqual([1, null, "roomClosed"]);
  });

  test("[L1][R17] a bug in what hears of its end does not keep a room open", () => {
    const { create, join, rooms, ask, sessions } = core();
    const { line: tv, code } = create("tv");
    const { line: guest } = join(code, "guest");
    sessions.roomWatcher.ending = () => {
      throw new Error("a bug");
    };
    expect(() => ask(tv, { kind: "closeRoom", reason: null })).toThrow("a bug");
    expect(rooms.at(code)).toBeNull();
    expect([tv.closedAs, guest.closedAs, tv.seat]).toEqual(["roomClosed", "roomClosed", null]);
  });

  test("[R17] the host ends the room for everyone; a guest may not", () => {
    const { rooms, create, join, ask } = core();
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
    const { create, join, ask } = core();
    const { line: tv, code } = create("tv");
    const [a, b] = [join(code, "a").line, join(code, "b").line];
    for (const line of [tv, a, b]) line.heard();
    const message = (body: string) => ({ kind: "message", from: { clientId: "tv" }, body });
    expect(ask(tv, { kind: "send", to: null, body: "1" }, "r")).toEqual({ kind: "ack", delivered: 2, seq: null });
    expect(ask(tv, { kind: "send", to: "a", body: "2" })).toBeNull();
    expect(ask(tv, { kind: "send", to: "tv", body: "3" }, "r")).toEqual({ kind: "ack", delivered: 1, seq: null });
    expect(nameOf(ask(tv, { kind: "send", to: "zz", body: "4" }))).toBe("target_not_found");
    expect(a.heard()).toMatchObject([message("1"), message("2")]);
    expect(b.heard()).toMatchObject([message("1")]);
    expect(tv.heard()).toMatchObject([message("3")]);
  });

  test("[P9] to a list: once each, and who is missing is named", () => {
    const { create, join, ask } = core();
    const { line: tv, code } = create("tv");
    const { line: a } = join(code, "a");
    a.heard();
    expect(ask(tv, { kind: "send", to: ["a", "a"], body: "1" }, "r")).toEqual({ kind: "ack", delivered: 1, seq: null });
    expect(ask(tv, { kind: "send", to: ["a", "x", "y"], body: "2" })).toMatchObject({
      name: "target_not_found",
      missing: ["x", "y"],
      delivered: 1,
    });
    expect(a.heard()).toHaveLength(2);
  });

  test("[P5] who is in no room is told so, whatever is wrong with the request", () => {
    const { ask } = core();
    const line = new NotebookLine();
    expect(nameOf(ask(line, { kind: "send", to: null, body: "1" }))).toBe("not_in_room");
    expect(nameOf(ask(line, { kind: "leave" }))).toBe("not_in_room");
    expect(nameOf(ask(line, { kind: "closeRoom", reason: null }))).toBe("not_in_room");
    const refusal = { kind: "refusal", name: "too_deep", text: "" } as const;
    expect(nameOf(ask(line, { kind: "flawed", from: "inside", refusal }))).toBe("not_in_room");
    expect(nameOf(ask(line, { kind: "flawed", from: "outside", refusal }))).toBe("too_deep");
  });
});
