// Votes that nobody needs: what changes nothing, what comes too often, and a voter whose share of the log is full.
import { describe, expect, test } from "bun:test";
import type { Vote } from "../../src/protocol/commands.ts";
import { MEMBERS_LOG_CHARS_MAX } from "../../src/sessions/memberShare.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import { VOTE_CHANGE_MS, VOTE_CHANGES_MAX, VOTER_LOG_CHARS_MAX } from "../../src/sessions/votes.ts";
import { core, nameOf } from "../support/core.ts";
import type { NotebookLine } from "../support/notebook.ts";
import { GAME, ok } from "../support/sessions.ts";

/** A room with a session that has a game, and two members who vote. */
function stage() {
  const fixture = core();
  const { line: host, code } = fixture.create("tv");
  const [ann, bob] = [fixture.join(code, "ann").line, fixture.join(code, "bob").line];
  fixture.ask(host, { kind: "sessionStart", notes: null });
  fixture.ask(host, { kind: "gameAdd", game: GAME });
  const vote = (line: NotebookLine, way: Vote) => nameOf(fixture.ask(line, { kind: "vote", vote: way }));
  const logged = () => fixture.store.events(1, 0, 10_000).filter(({ type }) => type === "vote.received").length;
  return { ...fixture, host, ann, bob, vote, logged };
}

describe("a member's vote", () => {
  test("[S36] that changes nothing is taken, at any moment, and neither logged nor told", () => {
    const { ann, bob, vote, logged, clock, charges } = stage();
    expect(vote(ann, "up")).toBeNull();
    bob.heard();
    charges.length = 0;
    for (const ms of [0, 10, VOTE_CHANGE_MS, 60_000]) {
      clock.advance(ms);
      expect(vote(ann, "up")).toBeNull();
    }
    expect(bob.heard()).toEqual([]);
    expect(charges).toEqual([]);
    expect(logged()).toBe(1);
  });

  test("[S36] changes at most once a second: before that it is refused, with the time to wait", () => {
    const { ann, bob, vote, ask, logged, clock, store } = stage();
    vote(ann, "up");
    clock.advance(400);
    expect(ask(ann, { kind: "vote", vote: "down" })).toMatchObject({ name: "vote_too_soon", retryAfterMs: 600 });
    // Each voter for itself.
    expect(vote(bob, "down")).toBeNull();
    clock.advance(599);
    expect(vote(ann, "down")).toBe("vote_too_soon");
    clock.advance(1);
    expect(vote(ann, "down")).toBeNull();
    expect(logged()).toBe(3);
    expect(store.latestGame(1)).toMatchObject({ upvotes: 0, downvotes: 2 });
  });

  test("[S36] changes so often a game, also over a restart; the next game begins anew", () => {
    const fixture = stage();
    const { ann, vote, clock, logged, host, ask, store, eventLog } = fixture;
    vote(ann, "up");
    for (let n = 0; n < VOTE_CHANGES_MAX; n++) {
      clock.advance(VOTE_CHANGE_MS);
      expect(vote(ann, n % 2 === 0 ? "down" : "up")).toBeNull();
    }
    clock.advance(VOTE_CHANGE_MS);
    expect(vote(ann, "down")).toBe("vote_changes_spent");
    expect(vote(ann, "up")).toBeNull();
    const ballot = { voter: "member:ann", username: "ann", vote: "down", votedAt: 0 } as const;
    const next = new Sessions({ store, clock, eventLog });
    expect(next.vote(1, ballot, "member")).toMatchObject({ name: "vote_changes_spent" });
    expect(logged()).toBe(1 + VOTE_CHANGES_MAX);
    ask(host, { kind: "gameAdd", game: GAME });
    expect(vote(ann, "down")).toBeNull();
    expect(VOTE_CHANGES_MAX).toBe(20);
  });

  test("[S36] a clock that is set back lets nobody wait", () => {
    const { store, clock, eventLog } = stage();
    let back = 0;
    const sessions = new Sessions({ store, eventLog, clock: { ...clock, wall: () => clock.wall() - back } as never });
    const ballot = { voter: "member:ann", username: "ann", votedAt: 0 } as const;
    ok(sessions.vote(1, { ...ballot, vote: "up" }, "member"));
    back = 3_600_000;
    expect(sessions.vote(1, { ...ballot, vote: "down" }, "member")).toMatchObject({ vote: { type: "down" } });
  });
});

describe("a share of the log", () => {
  test("[S36] that is full silences its voter, and neither the session nor anybody else", () => {
    const { store, clock, eventLog, logged } = stage();
    const sessions = new Sessions({ store, clock, eventLog }, { voterLogCharsMax: 1_000 });
    const cast = (name: string, from: "member" | "outside" = "member") => {
      return sessions.vote(1, { voter: `${from}:${name}`, username: name, vote: "up", votedAt: 0 }, from);
    };
    const nextGame = () => store.addGame(1, GAME, null, 0);
    let votes = 0;
    while (!("kind" in cast("ann"))) {
      votes++;
      nextGame();
    }
    expect(votes).toBeWithin(3, 10);
    expect(cast("ann")).toMatchObject({ name: "votes_silenced" });
    expect(cast("bob")).toMatchObject({ vote: { username: "bob" } });
    expect(cast("ann", "outside")).toMatchObject({ vote: { username: "ann" } });
    expect(store.session(1)?.endedAt).toBeNull();
    expect(logged()).toBe(votes + 2);
    expect(VOTER_LOG_CHARS_MAX).toBe(256 * 1024);
  });

  test("[S36] of all members together has an end too, whatever they call themselves; votes by HTTP do not count in it", () => {
    const { store, clock, eventLog } = stage();
    const sessions = new Sessions({ store, clock, eventLog }, { membersLogCharsMax: 1_000 });
    const cast = (n: number, from: "member" | "outside") => {
      return sessions.vote(1, { voter: `${from}:${n}`, username: `${n}`, vote: "up", votedAt: 0 }, from);
    };
    for (let n = 0; n < 20; n++) ok(cast(n, "outside"));
    let members = 0;
    while (!("kind" in cast(members, "member"))) members++;
    expect(members).toBeWithin(3, 10);
    expect(cast(99, "member")).toMatchObject({ name: "votes_silenced" });
    ok(cast(99, "outside"));
    expect(MEMBERS_LOG_CHARS_MAX).toBe(8 * 1024 * 1024);
  });

  test("[S36] coming and going counts in it too, and is told no more when it is full: the session goes on", () => {
    const { store, clock, eventLog, rooms, host, create } = stage();
    const sessions = new Sessions({ store, clock, eventLog }, { membersLogCharsMax: 2_000 });
    sessions.restore((code) => rooms.at(code));
    const { room } = host.seat ?? create("other").line.seat ?? { room: null };
    const player = room?.players[0];
    if (room === null || player === undefined) throw new Error("no player");
    const before = store.events(1, 0, 10_000).length;
    for (let n = 0; n < 100; n++) {
      sessions.roomWatcher.joined(room, player);
      sessions.roomWatcher.left(room, player);
    }
    expect(store.events(1, 0, 10_000).length - before).toBeWithin(5, 30);
    expect(sessions.vote(1, { voter: "member:x", username: "x", vote: "up", votedAt: 0 }, "member")).toMatchObject({
      name: "votes_silenced",
    });
    ok(sessions.startGame(1, 1));
    expect(store.session(1)?.endedAt).toBeNull();
  });
});
