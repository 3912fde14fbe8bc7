// What may be written to the sessions' file, and what is forgotten where it is nearly full.
import { describe, expect, test } from "bun:test";
import { SESSION_LOG_CHARS_MAX } from "../../src/sessions/endings.ts";
import { MemberCommands } from "../../src/sessions/memberCommands.ts";
import { GAMES_PER_SESSION_MAX, Sessions, STORE_FULL_SHARE, STORE_ROOMY_SHARE } from "../../src/sessions/sessions.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { core } from "../support/core.ts";
import { GAME, ok } from "../support/sessions.ts";

describe("what may be written", () => {
  test("[S26] a session that its host runs ends when its log is too large; one started with a token does not", () => {
    const { store, clock, eventLog, create, rooms } = core();
    const logCharsMax = 40_000;
    const sessions = new Sessions({ store, clock, eventLog }, { logCharsMax });
    const memberCommands = new MemberCommands(sessions, clock);
    const { line, code } = create("tv");
    const { seat } = line;
    const room = rooms.at(code);
    if (seat === null || room === null) throw new Error("no room");
    const game = { ...GAME, title: "x".repeat(logCharsMax / 4) };
    memberCommands.handle(seat, { kind: "sessionStart", notes: null });
    const add = () => memberCommands.handle(seat, { kind: "gameAdd", game });
    for (let n = 0; n < 3; n++) expect(add()).toBeNull();
    expect(store.session(1)?.endedAt).toBeNull();
    expect(add()).toBeNull();
    expect(store.session(1)?.endedAt).not.toBeNull();
    expect(sessions.of(room)).toBeNull();
    const own = ok(sessions.start(null, room));
    for (let n = 0; n < 5; n++) sessions.addGame(own.id, game, room);
    expect(add()).toBeNull();
    expect(store.session(own.id)?.endedAt).toBeNull();
    expect(SESSION_LOG_CHARS_MAX).toBe(16 * 1024 * 1024);
  });

  test("[S26] so many games a session", () => {
    const { store, clock, eventLog } = core();
    const sessions = new Sessions({ store, clock, eventLog }, { gamesPerSessionMax: 3 });
    const { id } = ok(sessions.start(null, null));
    for (let n = 0; n < 3; n++) ok(sessions.addGame(id, GAME, null));
    expect(sessions.addGame(id, GAME, null)).toMatchObject({ name: "too_many_games" });
    expect(GAMES_PER_SESSION_MAX).toBe(1_000);
  });

  test("[S26] a file that is nearly full forgets the oldest sessions of hosts, and no other", () => {
    const parts = core({}, Store.open(":memory:", 1024 * 1024));
    const kept = parts.sessions.start("kept", null) as { id: number };
    parts.sessions.end(kept.id);
    const { line } = parts.create("tv");
    const count = () => parts.store.sessions(null, 1000).length + parts.store.sessions(null, 1000, "host").length;
    let made = 1;
    while (parts.store.fullShare < STORE_FULL_SHARE) {
      parts.ask(line, { kind: "sessionStart", notes: "n".repeat(400) });
      for (let n = 0; n < 5; n++) parts.ask(line, { kind: "gameAdd", game: GAME });
      parts.ask(line, { kind: "sessionEnd" });
      made++;
    }
    expect(count()).toBe(made);
    let forgotten = 0;
    for (let count = parts.sessions.prune(); count > 0; count = parts.sessions.prune()) forgotten += count;
    expect(forgotten).toBeGreaterThan(0);
    expect(count()).toBe(made - forgotten);
    expect(parts.store.fullShare).toBeLessThan(STORE_ROOMY_SHARE);
    expect(parts.store.session(kept.id)).not.toBeNull();
    // What is left is the newest, and ids are given on.
    expect(parts.store.sessions(null, 1, "host")[0]?.id).toBe(made);
    expect(parts.sessions.start(null, null)).toMatchObject({ id: made + 1 });
  });
});
