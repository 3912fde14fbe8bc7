// The largest frames of every wire: each event is made as large as it can be, and its frame is held against the bound that SPEC.md tells.
import { describe, expect, test } from "bun:test";
import { Dialects } from "../../src/dialects/index.ts";
import {
  joinedBytesMax,
  otherFrameBytesMax,
  PRIVATE_AROUND_BYTES,
  RELAYED_EXTRA_BYTES_MAX,
} from "../../src/limits/frameSizes.ts";
import { BOUNDS, WIRE } from "../../src/limits/table.ts";
import type { Asked, Command } from "../../src/protocol/commands.ts";
import type { CrowdPicture, Event, Peer, Picture, SessionEvent, TimerPicture } from "../../src/protocol/events.ts";
import { refuse } from "../../src/protocol/refusals.ts";
import { HISTORY_BYTES_MAX } from "../../src/rooms/history.ts";
import type { EventData, EventType } from "../../src/sessions/events.ts";
import { TIME } from "../support/events.ts";

const FRAME = BOUNDS.frameBytesMax.value;
const dialects = new Dialects("party", { instance: "i".repeat(64), region: "r".repeat(64) });
const party = dialects.named("party");
const party2 = dialects.named("party2");
const sessionserver = dialects.named("sessionserver");
const live = dialects.named("live");

/** A name and an id of as many bytes as there may be: 64 characters of four. */
const LONG = "🎲".repeat(64);
/** A request's id: JSON takes six bytes for each of these. */
const REF = "\u0001".repeat(WIRE.refCharsMax);
/** The largest number that is exact. */
const SEQ = Number.MAX_SAFE_INTEGER;
const speaker = () => ({ clientId: LONG, index: 99_999, messageHead: null });
const asked = (type: string): Asked => ({ type, ref: REF });
const json = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;

function bytesOf(text: string | null): number {
  return Buffer.byteLength(text ?? "");
}

function picture(members: number): Picture {
  const peer = (index: number): Peer => {
    return { clientId: LONG, index, name: LONG, isAway: true, player: json(WIRE.playerBytesMax) };
  };
  const notes = "\n🎲".repeat(WIRE.notesCharsMax / 2);
  const title = "🎲".repeat(WIRE.titleCharsMax);
  const totals = { upvotes: SEQ, downvotes: SEQ, popularity_score: -SEQ };
  const game = { id: SEQ, title, pack_name: title, gameState: "Gameplay", lobbyState: "WaitingForMore", totals };
  return {
    code: "W".repeat(12),
    host: LONG,
    peers: Array.from({ length: members }, (_, index) => peer(index)),
    locked: false,
    state: json(WIRE.stateBytesMax),
    epoch: "e".repeat(WIRE.epochCharsMax),
    seq: SEQ,
    wireData: `https://x.example/${"{instance}".repeat(49)}`,
    number: SEQ,
    defaults: json(WIRE.playerBytesMax),
    session: JSON.stringify({ id: SEQ, notes, games_played: SEQ, game }),
    name: LONG,
    crowd: crowd(members),
  };
}

/** What the host of a room sees of it that uses all it may have beside seats. */
function crowd(members: number): CrowdPicture {
  const timer = { timer: "🎲".repeat(WIRE.crowdNameCharsMax), label: LONG, leftMs: 86_400_000, t: SEQ, endsAt: SEQ };
  const most = Math.floor(WIRE.privatesBytesMax / (WIRE.privateBytesMax + PRIVATE_AROUND_BYTES));
  const privates = Array.from({ length: Math.min(members, most) }, () => {
    return { clientId: LONG, body: json(WIRE.privateBytesMax) };
  });
  return { timers: Array<TimerPicture>(WIRE.timersMax).fill(timer), privates };
}

/** The events of a session that name most, with so many players. */
function sessionEvents(members: number): SessionEvent[] {
  const title = "🎲".repeat(WIRE.titleCharsMax);
  const about = { sessionId: SEQ, gameId: SEQ, roomCode: "W".repeat(12) };
  const players = { playerCount: members, players: Array<string>(members).fill(LONG) };
  const setup = { appTag: title, maxPlayers: members, ...players };
  const event = <T extends EventType>(type: T, data: EventData<T>): SessionEvent => {
    return { kind: "session", id: SEQ, type, timestamp: TIME, body: JSON.stringify(data) };
  };
  return [
    event("session.started", {
      session: { id: SEQ, is_active: 1, created_at: TIME, notes: "🎲".repeat(WIRE.notesCharsMax) },
    }),
    event("room.connected", { ...about, ...setup, lobbyState: "WaitingForMore", gameState: "Gameplay" }),
    event("lobby.player-joined", { ...about, ...players, playerName: LONG, maxPlayers: members }),
    event("game.status", {
      ...{ ...about, ...setup, lobbyState: "WaitingForMore", gameState: "Gameplay" },
      ...{ gameStarted: false, gameFinished: false, monitoring: false },
    }),
    event("vote.received", {
      sessionId: SEQ,
      game: { id: SEQ, title, pack_name: title },
      vote: { username: title, type: "down", timestamp: TIME },
      totals: { upvotes: SEQ, downvotes: SEQ, popularity_score: -SEQ },
    }),
  ];
}

/** The request of so many bytes, and what it becomes. */
function largest(read: typeof party.decode, head: string, tail: string): Command {
  const text = `${head}${json(FRAME - head.length - tail.length)}${tail}`;
  expect(bytesOf(text)).toBe(FRAME);
  const command = read(text, 32);
  if (command.kind === "unreadable") throw new Error("it cannot be read");
  return command;
}

function bodyOf(command: Command): string {
  if (command.kind !== "send") throw new Error(`${command.kind} is no message`);
  return command.body;
}

describe("[P14] party", () => {
  const MOST = otherFrameBytesMax(FRAME, 100);

  test("a message of the largest frame has less than 320 bytes more, and nearly that", () => {
    const body = bodyOf(largest(party.decode, '{"type":"send","data":', "}"));
    const bytes = bytesOf(party.encode({ kind: "message", from: speaker(), body }, undefined, SEQ));
    expect(bytes).toBeGreaterThan(FRAME + RELAYED_EXTRA_BYTES_MAX - 40);
    expect(bytes).toBeLessThanOrEqual(MOST);
    expect(MOST).toBe(FRAME + 320);
  });

  test("a refusal that repeats who was not there is no larger", () => {
    const ids = Array.from({ length: 16_000 }, () => "");
    const to = JSON.stringify([...ids, "x".repeat(16_000)]);
    const text = `{"type":"send","to":${to},"data":1}`;
    const read = party.decode(text, 32);
    if (read.kind !== "send" || !Array.isArray(read.to)) throw new Error("no list");
    const refusal = refuse("target_not_found", { missing: read.to, delivered: 100 });
    expect(bytesOf(party.encode(refusal, read.asked))).toBeLessThanOrEqual(bytesOf(text) + RELAYED_EXTRA_BYTES_MAX);
  });

  const peer = picture(1).peers[0] as Peer;
  const EVENTS: readonly Event[] = [
    { kind: "created", picture: picture(1), clientId: LONG },
    { kind: "peerJoined", peer },
    { kind: "peerRenamed", clientId: LONG, index: 1, name: LONG },
    { kind: "state", body: json(WIRE.stateBytesMax) },
    { kind: "player", clientId: LONG, body: json(WIRE.playerBytesMax) },
    { kind: "left" },
    refuse("bad_field", { text: "x".repeat(200) }),
    ...sessionEvents(100),
  ];
  test.each(EVENTS.map((event) => [event.kind, event] as const))("%s has less", (_kind, event) => {
    expect(bytesOf(party.encode(event, asked("join"), SEQ))).toBeLessThanOrEqual(MOST);
  });

  test("with small frames 4 KiB hold what the server itself tells", () => {
    const small = EVENTS.filter(({ kind }) => kind !== "state" && kind !== "player" && kind !== "session");
    for (const event of small)
      expect(bytesOf(party.encode(event, asked("join"), SEQ))).toBeLessThanOrEqual(otherFrameBytesMax(256, 0));
    for (const event of sessionEvents(0))
      expect(bytesOf(party.encode(event, undefined, SEQ))).toBeLessThanOrEqual(4_096);
  });

  test("all players' names are 260 bytes each", () => {
    for (const event of sessionEvents(1_000)) {
      expect(bytesOf(party.encode(event, undefined, SEQ))).toBeLessThanOrEqual(otherFrameBytesMax(FRAME, 1_000));
    }
    const named = bytesOf(party.encode(sessionEvents(1_000)[1] as Event, undefined, SEQ));
    expect(named).toBeGreaterThan(1_000 * 259);
  });
});

describe("[L37] the largest `joined`", () => {
  test.each([1, 100, 1_000])("of %d members is what the start reckons with", (members) => {
    const joined: Event = { kind: "joined", picture: picture(members), index: 0, missed: null };
    const bytes = bytesOf(party.encode(joined, asked("join")));
    expect(bytes).toBeLessThanOrEqual(joinedBytesMax(members, "alone"));
    expect(bytes).toBeGreaterThan(members * 4_900 + WIRE.stateBytesMax);
  });

  test("with all that a history can hold: its characters at three bytes each, and what stands around the most of them", () => {
    const chars = Math.floor(HISTORY_BYTES_MAX / WIRE.historyMax);
    const message = (seq: number) => {
      return {
        seq: SEQ - seq,
        event: { kind: "message", from: speaker(), body: `"${"漢".repeat(chars - 2)}"` } as Event,
      };
    };
    const renamed = (seq: number) => {
      return { seq: SEQ - seq, event: { kind: "peerRenamed", clientId: LONG, index: 1, name: LONG } as Event };
    };
    for (const missedOf of [message, renamed]) {
      const missed = Array.from({ length: WIRE.historyMax }, (_, seq) => missedOf(seq));
      const joined: Event = { kind: "joined", picture: picture(10), index: 0, missed };
      expect(bytesOf(party.encode(joined, asked("join")))).toBeLessThanOrEqual(joinedBytesMax(10, "with missed"));
    }
  });
});

describe("[Q2] party2", () => {
  test("a message of the largest frame has less than 320 bytes more", () => {
    const body = bodyOf(largest(party2.decode, '{"type":"send","data":', "}"));
    const bytes = bytesOf(party2.encode({ kind: "message", from: speaker(), body }, undefined, null));
    expect([bytes > FRAME, bytes <= FRAME + RELAYED_EXTRA_BYTES_MAX]).toEqual([true, true]);
  });

  test("the state, and a room of many", () => {
    const state = party2.encode({ kind: "state", body: json(WIRE.stateBytesMax) });
    expect(bytesOf(state)).toBeLessThanOrEqual(WIRE.stateBytesMax + 320);
    const joined: Event = {
      kind: "joined",
      picture: { ...picture(2_000), wireData: picture(0).wireData },
      index: 1,
      missed: null,
    };
    const here = joined.picture.peers.map((peer) => ({ ...peer, isAway: false, index: SEQ - peer.index }));
    const full = { ...joined, picture: { ...joined.picture, peers: here } };
    expect(bytesOf(party2.encode(full))).toBeLessThanOrEqual(8 * 1_024 + 2_000 * 20);
    expect(bytesOf(party2.encode({ kind: "created", picture: full.picture, clientId: LONG }))).toBeLessThanOrEqual(
      8_192,
    );
    expect(party2.followUps?.(full)?.map(bytesOf)).toEqual([bytesOf(state)]);
  });
});

describe("[V1] sessionserver", () => {
  const numbered = (members: number): Picture => {
    const peers = picture(members).peers.map((peer) => ({ ...peer, clientId: String(SEQ - peer.index) }));
    return { ...picture(members), peers, wireData: "data" };
  };

  test("what is told of a session and of a player, each in a frame of its own", () => {
    const joined: Event = { kind: "joined", picture: numbered(100), index: 0, missed: undefined };
    const shared: Event = { kind: "shared", state: json(WIRE.stateBytesMax), player: json(WIRE.playerBytesMax) };
    const frames = [sessionserver.encode(joined), sessionserver.encode(shared, undefined, null, "data")];
    frames.push(...(sessionserver.followUps?.(joined) ?? []));
    expect(frames.length).toBe(101);
    for (const frame of frames) expect(bytesOf(frame)).toBeLessThanOrEqual(20 * 1_024 + 320);
    // All of them together are what a line is told at once.
    expect(frames.reduce((sum, frame) => sum + bytesOf(frame), 0)).toBeLessThan(joinedBytesMax(101, "alone"));
  });

  test("data that grows as it is written anew is bounded as it is kept", () => {
    const text = JSON.stringify({ command: "updatePlayer", player: "?" }).replace('"?"', `[${"1e20,".repeat(900)}1]`);
    expect(bytesOf(text)).toBeLessThan(5_000);
    expect(sessionserver.decode(text, 32)).toMatchObject({ kind: "flawed", refusal: { name: "too_large" } });
  });

  test("a no that repeats the largest command", () => {
    const head = '{"command":';
    const text = `${head}${json(FRAME - head.length - 1)}}`;
    const read = sessionserver.decode(text, 32);
    if (read.kind !== "unreadable") throw new Error("it was taken");
    const bytes = bytesOf(sessionserver.encode(read.refusal, read.asked));
    expect([bytes > FRAME, bytes <= FRAME + RELAYED_EXTRA_BYTES_MAX]).toEqual([true, true]);
  });
});

describe("[T7] live", () => {
  test.each([0, 100, 1_000])("an event of a room of %d is bounded as in its room", (members) => {
    for (const event of sessionEvents(members))
      expect(bytesOf(live.encode(event))).toBeLessThanOrEqual(otherFrameBytesMax(256, members));
  });

  test("an answer repeats nothing without a bound", () => {
    const long = "9".repeat(60_000);
    for (const text of [`{"type":"${long}"}`, `{"type":"subscribe","sessionId":"${long}"}`]) {
      const read = live.decode(text, 32);
      const refusal = read.kind === "unreadable" || read.kind === "flawed" ? read.refusal : refuse("session_not_found");
      expect(bytesOf(live.encode(refusal, read.asked))).toBeLessThan(320);
    }
  });
});
