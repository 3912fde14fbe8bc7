// The host's powers, and what becomes of the role, shown on the core alone.
import { describe, expect, test } from "bun:test";
import type { HostGone } from "../../src/protocol/commands.ts";
import { SETTLED_MS } from "../../src/rooms/seat.ts";
import { core, nameOf } from "../support/core.ts";

function party(hostGone: HostGone = "stay", awayMs = 0, secret?: string) {
  const it = core();
  const tv = it.create("tv", { rules: { hostGone, awayMs }, ...(secret !== undefined && { secret }) });
  const [a, b] = [it.join(tv.code, "a").line, it.join(tv.code, "b").line];
  for (const line of [tv.line, a, b]) line.heard();
  const hostOf = () => it.rooms.find(tv.code, "party")?.host?.clientId ?? null;
  return { ...it, tv: tv.line, code: tv.code, a, b, hostOf };
}

describe("powers", () => {
  test("[R43] they are the host's alone", () => {
    const { ask, a } = party();
    expect(nameOf(ask(a, { kind: "setState", body: "1" }))).toBe("not_host");
    expect(nameOf(ask(a, { kind: "lock", locked: true }))).toBe("not_host");
    expect(nameOf(ask(a, { kind: "kick", clientId: "b", reason: null, ban: true }))).toBe("not_host");
    expect(nameOf(ask(a, { kind: "makeHost", clientId: "a" }))).toBe("not_host");
    expect(nameOf(ask(a, { kind: "closeRoom", reason: null }))).toBe("not_host");
  });

  test("[R38] a locked room takes nobody new, and everyone who has a seat", () => {
    const { ask, join, relay, tv, a, code } = party("stay", 30_000);
    expect(ask(tv, { kind: "lock", locked: true }, "r")).toMatchObject({ kind: "ack", delivered: 3 });
    expect(a.heard()).toEqual([{ kind: "roomLocked", locked: true }]);
    expect(tv.heard()).toEqual([{ kind: "roomLocked", locked: true }]);
    expect(nameOf(join(code, "c").answer)).toBe("room_locked");
    relay.gone(a, "lost");
    expect(join(code, "a").answer).toMatchObject({ kind: "joined", picture: { locked: true } });
    ask(tv, { kind: "lock", locked: false });
    expect(nameOf(join(code, "c").answer)).toBe("joined");
  });

  test("[R38] the host gets back into its locked room, even where its seat was not kept", () => {
    const { ask, join, relay, tv, code, hostOf } = party();
    ask(tv, { kind: "lock", locked: true });
    relay.gone(tv, "lost");
    expect(nameOf(join(code, "tv").answer)).toBe("joined");
    expect(hostOf()).toBe("tv");
  });

  test("[R39] kick: out with 4002, told to the others, and not to come back", () => {
    const { ask, join, tv, a, b, code } = party();
    expect(ask(tv, { kind: "kick", clientId: "a", reason: "rude", ban: true }, "r")).toMatchObject({ kind: "ack" });
    expect([a.closedAs, a.seat, a.hears]).toEqual(["kicked", null, null]);
    expect(b.heard()).toMatchObject([{ kind: "peerLeft", clientId: "a", reason: "kicked" }]);
    expect(a.heard()).toEqual([]);
    expect(nameOf(join(code, "a").answer)).toBe("banned");
    expect(nameOf(join(code, "a2").answer)).toBe("joined");
  });

  test("[R39] a ban is of the secret too; without ban it may come back", () => {
    const { ask, join, tv, code } = party();
    join(code, "c", { secret: "mine" });
    ask(tv, { kind: "kick", clientId: "c", reason: null, ban: true });
    expect(nameOf(join(code, "new-name", { secret: "mine" }).answer)).toBe("banned");
    ask(tv, { kind: "kick", clientId: "a", reason: null, ban: false });
    expect(nameOf(join(code, "a").answer)).toBe("joined");
  });

  test("[R39] an absent member can be kicked, nobody that is not there, and not oneself", () => {
    const { ask, relay, tv, a, b } = party("stay", 30_000);
    relay.gone(a, "lost");
    b.heard();
    ask(tv, { kind: "kick", clientId: "a", reason: null, ban: true });
    expect(b.heard()).toMatchObject([{ kind: "peerLeft", clientId: "a", reason: "kicked" }]);
    expect(nameOf(ask(tv, { kind: "kick", clientId: "zz", reason: null, ban: true }))).toBe("target_not_found");
    expect(nameOf(ask(tv, { kind: "kick", clientId: "tv", reason: null, ban: true }))).toBe("bad_field");
  });

  test("[R40] the role is handed to a member that is here", () => {
    const { ask, relay, tv, a, b, hostOf } = party();
    ask(tv, { kind: "makeHost", clientId: "a" });
    expect(hostOf()).toBe("a");
    for (const line of [tv, a, b]) expect(line.heard()).toEqual([{ kind: "hostChanged", clientId: "a" }]);
    expect(relay.isHost(tv)).toBe(false);
    expect(nameOf(ask(a, { kind: "makeHost", clientId: "zz" }))).toBe("target_not_found");
  });

  test("[R40] not to one that is away", () => {
    const { ask, relay, tv, a } = party("stay", 30_000);
    relay.gone(a, "lost");
    expect(nameOf(ask(tv, { kind: "makeHost", clientId: "a" }))).toBe("target_not_found");
  });
});

describe("the host is gone", () => {
  test("[R41] stay: nobody is host until it is back, also while its seat waits", () => {
    const { join, relay, tv, a, code, hostOf } = party("stay", 30_000);
    relay.gone(tv, "lost");
    expect(a.heard()).toMatchObject([{ kind: "peerAway" }, { kind: "hostChanged", clientId: null }]);
    expect(hostOf()).toBeNull();
    const { answer } = join(code, "tv");
    expect(answer).toMatchObject({ picture: { host: "tv" } });
    expect(a.heard()).toMatchObject([{ kind: "peerBack" }, { kind: "hostChanged", clientId: "tv" }]);
  });

  test("[R41] stay: nobody else takes its name without its secret", () => {
    const { join, relay, tv, code, hostOf } = party("stay", 0, "s");
    relay.gone(tv, "lost");
    expect(nameOf(join(code, "tv").answer)).toBe("wrong_secret");
    expect(hostOf()).toBeNull();
  });

  test("[R41] migrate: the longest-present is host at once, and the old one does not get it back by itself", () => {
    const { join, relay, tv, b, code, hostOf } = party("migrate", 30_000);
    relay.gone(tv, "lost");
    expect(hostOf()).toBe("a");
    expect(b.heard()).toMatchObject([{ kind: "peerAway" }, { kind: "hostChanged", clientId: "a" }]);
    expect(join(code, "tv").answer).toMatchObject({ picture: { host: "a" } });
  });

  test("[R41] migrate: a phone that slept and has just come back is not before one that has been here all along", () => {
    const { clock, join, relay, tv, a, code, hostOf } = party("migrate", 600_000);
    clock.advance(60_000);
    relay.gone(a, "lost");
    clock.advance(300_000);
    const { answer } = join(code, "a");
    // Its place in the picture is the old one.
    expect(answer).toMatchObject({ picture: { peers: [{ clientId: "tv" }, { clientId: "a" }, { clientId: "b" }] } });
    relay.gone(tv, "lost");
    expect(hostOf()).toBe("b");
  });

  test("[R41] migrate: one that came after the absence is behind it, by more than the 5 s that count of the time before", () => {
    for (const [laterMs, heir] of [
      [SETTLED_MS - 1, "a"],
      [-SETTLED_MS - 1, "c"],
    ] as const) {
      const { clock, join, relay, tv, a, b, code, hostOf } = party("migrate", 600_000);
      clock.advance(60_000);
      for (const line of [a, b]) relay.gone(line, "lost");
      clock.advance(1_000);
      if (laterMs < 0) join(code, "c");
      clock.advance(Math.abs(laterMs));
      join(code, "a");
      if (laterMs > 0) join(code, "c");
      relay.gone(tv, "lost");
      expect([laterMs, hostOf()]).toEqual([laterMs, heir]);
    }
  });

  test("[R41] migrate: a line that replaces another is no absence", () => {
    const { clock, join, relay, tv, code, hostOf } = party("migrate", 600_000);
    clock.advance(60_000);
    join(code, "a");
    relay.gone(tv, "lost");
    expect(hostOf()).toBe("a");
  });

  test("[R41] migrate: where nobody is here, the first to come", () => {
    const { join, relay, tv, a, b, code, hostOf } = party("migrate", 30_000);
    for (const line of [a, b, tv]) relay.gone(line, "lost");
    expect(hostOf()).toBeNull();
    join(code, "b");
    expect(hostOf()).toBe("b");
    join(code, "tv");
    expect(hostOf()).toBe("b");
  });

  test("[R42] close: the room waits 120 s for its host", () => {
    const { clock, rooms, relay, tv, a, b, code } = party("close");
    relay.gone(tv, "lost");
    clock.advance(119_999);
    expect(a.closedAs).toBeNull();
    clock.advance(1);
    expect([a.closedAs, b.closedAs]).toEqual(["roomClosed", "roomClosed"]);
    expect(rooms.find(code, "party")).toBeNull();
  });

  test("[R42] close: a host that is back in time stops it, and one that goes again starts it anew", () => {
    const { clock, join, relay, tv, a, code } = party("close");
    relay.gone(tv, "lost");
    clock.advance(100_000);
    const { line: back } = join(code, "tv");
    clock.advance(100_000);
    expect(a.closedAs).toBeNull();
    relay.gone(back, "lost");
    clock.advance(119_999);
    expect(a.closedAs).toBeNull();
    clock.advance(1);
    expect(a.closedAs).toBe("roomClosed");
  });
});
