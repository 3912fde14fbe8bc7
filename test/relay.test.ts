// The relay's one table, row by row: what a door is told of a command before it is carried out, and what came of it. Who may ask is
// shown where the rooms and the sessions are.
import { describe, expect, test } from "bun:test";
import { type Command, NEWEST } from "../src/protocol/commands.ts";
import type { Question } from "../src/protocol/polls.ts";
import { refuse } from "../src/protocol/refusals.ts";
import { core } from "./support/core.ts";
import { NotebookLine } from "./support/notebook.ts";
import { GAME } from "./support/sessions.ts";

const asked = { type: "any", ref: undefined };
const guest = (clientId: string, secret: string | null = null) => ({ clientId, name: null, secret, tick: false });
const rules = {
  ...({ awayMs: 60_000, historyMax: 8, hostGone: "stay", capCounts: "seats", idsAre: "public" } as const),
  ...{ isNumbered: false, creatorPlays: false },
};

function create(code: string | null): Command {
  return {
    ...({ kind: "create", asked, guest: guest("new"), maxClients: 4, code, rules } as const),
    ...{ state: null, wireData: null, defaults: null },
  };
}

function join(code: string | number, clientId = "new", secret: string | null = null): Command {
  return { kind: "join", asked, guest: guest(clientId, secret), code, since: null };
}

/** One of each kind; a row that is missing here does not compile. */
function oneOfEach(code: string): { readonly [K in Command["kind"]]: Extract<Command, { kind: K }> } {
  return {
    send: { kind: "send", asked, to: null, body: "1" },
    create: create(null) as Extract<Command, { kind: "create" }>,
    join: join(code) as Extract<Command, { kind: "join" }>,
    leave: { kind: "leave", asked },
    setPlayer: { kind: "setPlayer", asked, body: "1", shape: null },
    setShared: { kind: "setShared", asked, state: "{}", defaults: { body: "{}", shape: "" } },
    setState: { kind: "setState", asked, body: "1" },
    lock: { kind: "lock", asked, locked: true },
    kick: { kind: "kick", asked, clientId: "other", reason: null, ban: false },
    makeHost: { kind: "makeHost", asked, clientId: "other" },
    setPrivate: { kind: "setPrivate", asked, clientId: "other", body: "1" },
    reset: { kind: "reset", asked, keep: [] },
    pollOpen: { kind: "pollOpen", asked, question: QUESTION, ms: null },
    pollClose: { kind: "pollClose", asked, poll: "q" },
    answer: { kind: "answer", asked, poll: "q", value: { choice: 0 } },
    timerSet: { kind: "timerSet", asked, timer: "t", ms: 1_000, label: null, pauses: false },
    timerPause: { kind: "timerPause", asked, timer: "t" },
    timerGo: { kind: "timerGo", asked, timer: "t" },
    timerStop: { kind: "timerStop", asked, timer: "t" },
    closeRoom: { kind: "closeRoom", asked, reason: null },
    sessionStart: { kind: "sessionStart", asked, notes: null },
    gameAdd: { kind: "gameAdd", asked, game: GAME },
    lobbyUpdate: { kind: "lobbyUpdate", asked, lobbyState: "Full" },
    gameStart: { kind: "gameStart", asked },
    gameEnd: { kind: "gameEnd", asked },
    sessionEnd: { kind: "sessionEnd", asked },
    vote: { kind: "vote", asked, vote: "up" },
    auth: { kind: "auth", asked, token: "x" },
    subscribe: { kind: "subscribe", asked, sessionId: 1, since: null },
    unsubscribe: { kind: "unsubscribe", asked, sessionId: 1 },
    ping: { kind: "ping", asked },
    flawed: { kind: "flawed", asked, from: "anywhere", refusal: refuse("bad_field") },
  };
}

const QUESTION: Question = {
  ...{ poll: "q", ask: "choice", options: ["A", "B"] },
  ...{ who: "members", changes: true, show: "end" },
};

const WRITES = ["sessionStart", "gameAdd", "lobbyUpdate", "gameStart", "gameEnd", "sessionEnd", "vote"];

/** A room that is watched, and one that is not. */
function house() {
  const parts = core();
  const watched = parts.create("tv", { secret: "tv's", rules });
  parts.ask(watched.line, { kind: "sessionStart", notes: null });
  parts.ask(watched.line, { kind: "gameAdd", game: GAME });
  const plain = parts.create("tv", { rules });
  return { ...parts, watched, plain };
}

describe("who may ask", () => {
  const ANYONE = ["auth", "ping", "flawed"];
  const OUTSIDE = ["create", "join"];
  const ADMITTED = ["subscribe", "unsubscribe"];
  const MEMBERS = ["send", "leave", "setPlayer", "setShared", "answer", "vote"];

  /** How each command of a line is refused for who asks it. */
  function refusals(line: (parts: ReturnType<typeof house>) => NotebookLine): Record<string, string[]> {
    const names: Record<string, string[]> = {};
    for (const kind of Object.keys(oneOfEach("")) as Command["kind"][]) {
      const parts = house();
      const { answer } = parts.relay.handle(line(parts), oneOfEach(parts.plain.code)[kind]);
      const name = answer?.kind === "refusal" ? answer.name : "";
      const isOfWhoAsks = ["not_in_room", "not_host", "already_in_room", "not_authenticated"].includes(name);
      if (isOfWhoAsks) names[name] = [...(names[name] ?? []), kind];
    }
    return names;
  }

  test("[P5][T3] a line in no room, or one that has shown no token", () => {
    const kinds = Object.keys(oneOfEach(""));
    const inside = kinds.filter((kind) => ![...ANYONE, ...OUTSIDE, ...ADMITTED].includes(kind));
    expect(refusals(() => new NotebookLine())).toEqual({ not_in_room: inside, not_authenticated: ADMITTED });
  });

  test("[P5][R43] a guest, and a host", () => {
    const kinds = Object.keys(oneOfEach(""));
    const hosts = kinds.filter((kind) => ![...ANYONE, ...OUTSIDE, ...ADMITTED, ...MEMBERS].includes(kind));
    // Where a room shares nothing, it is the room that says so of setShared.
    const guests = refusals(({ join, plain }) => join(plain.code, "guest").line);
    expect(guests).toEqual({
      already_in_room: OUTSIDE,
      not_host: ["setShared", ...hosts],
      not_authenticated: ADMITTED,
    });
    const host = refusals(({ plain }) => plain.line);
    expect(host).toEqual({ already_in_room: OUTSIDE, not_host: ["setShared"], not_authenticated: ADMITTED });
  });
});

describe("a message, on its own way and on that of all commands", () => {
  const say = (ref?: string): Extract<Command, { kind: "send" }> => {
    return { kind: "send", asked: { type: "send", ref }, to: null, body: "1" };
  };

  test("[P3][P5] is answered alike, and heard once", () => {
    const { relay, plain, join } = house();
    const guest = join(plain.code, "guest").line;
    plain.line.heard();
    for (const ref of [undefined, "r1"]) {
      const short = relay.send(guest, say(ref));
      expect(plain.line.heard().map(({ kind }) => kind)).toEqual(["message"]);
      const { answer, ...rest } = relay.handle(guest, say(ref));
      expect(plain.line.heard().map(({ kind }) => kind)).toEqual(["message"]);
      expect(rest).toEqual({ after: null, isMiss: false });
      // Each of them has a number of its own.
      const ack = { kind: "ack", delivered: 1, seq: expect.any(Number) } as const;
      expect([short, answer]).toEqual(ref === undefined ? [null, null] : [ack, ack]);
    }
    const stranger = new NotebookLine();
    expect(relay.send(stranger, say("r2"))).toEqual(refuse("not_in_room"));
    expect(relay.handle(stranger, say("r2")).answer).toEqual(refuse("not_in_room"));
  });
});

describe("a write to the log", () => {
  test("[L19] of a member is each command of a session, and nothing else", () => {
    const { relay, watched } = house();
    const commands = Object.values(oneOfEach(watched.code));
    const writes = commands.filter((command) => relay.look(watched.line, command, false).appends);
    expect(writes.map(({ kind }) => kind)).toEqual(WRITES as Command["kind"][]);
  });

  test("[L19] of a line that is in no room is a join to a room that is watched, and nothing else", () => {
    const { relay, watched, plain } = house();
    const writes = (code: string) =>
      Object.values(oneOfEach(code)).filter((command) => relay.look(new NotebookLine(), command, false).appends);
    expect(writes(watched.code).map(({ kind }) => kind)).toEqual(["join"]);
    expect([writes(plain.code), writes("ZZZZ")]).toEqual([[], []]);
  });

  test("[L19] what a join to a watched room writes is on the account of who joins, once it has been answered", () => {
    const { relay, watched, charges } = house();
    charges.splice(0);
    const line = new NotebookLine("party", "192.0.2.77");
    const { answer, after } = relay.handle(line, join(watched.code));
    expect([answer?.kind, charges]).toEqual(["joined", []]);
    after?.();
    expect(charges).toEqual([{ address: "192.0.2.77", chars: expect.any(Number) }]);
    expect(charges[0]?.chars).toBeGreaterThan(50);
  });

  test("[S14] a join whose answer closed its line is told to nobody's session", () => {
    const { relay, watched, eventLog } = house();
    const line = new NotebookLine();
    const { after } = relay.handle(line, join(watched.code));
    const before = eventLog.published;
    // What a door does with a line that is too slow for its answer.
    relay.gone(line, "lost");
    const afterItsEnd = eventLog.published;
    after?.();
    expect(eventLog.published).toBe(afterItsEnd);
    expect(afterItsEnd).toBeGreaterThanOrEqual(before);
  });
});

describe("a guess", () => {
  test("[L9] is what names a code, on a line in no room, while its address is throttled", () => {
    const { relay, watched, plain } = house();
    const guesses = (line: NotebookLine, isThrottled: boolean) =>
      Object.values({ ...oneOfEach(plain.code), coded: create("ABCD") })
        .filter((command) => relay.look(line, command, isThrottled).isGuess)
        .map((command) => command.kind);
    expect(guesses(new NotebookLine(), true)).toEqual(["join", "create"]);
    expect(guesses(new NotebookLine(), false)).toEqual([]);
    expect(guesses(watched.line, true)).toEqual([]);
  });

  test("[L9][R22] is no join that proves its seat by a secret", () => {
    const { relay, watched } = house();
    const isGuess = (secret: string | null) =>
      relay.look(new NotebookLine(), join(watched.code, "tv", secret), true).isGuess;
    expect([isGuess("tv's"), isGuess("a thief's"), isGuess(null)]).toEqual([false, true, true]);
  });

  test("[R47] nor one of a number: the next is one more", () => {
    const { relay } = house();
    for (const number of [NEWEST, 7]) {
      const line = new NotebookLine("sessionserver", "192.0.2.1", "unknown", 1);
      expect(relay.look(line, join(number), true).isGuess).toBe(false);
      expect(relay.handle(line, join(number))).toMatchObject({ answer: { kind: "refusal" }, isMiss: false });
    }
  });

  test("[L35] is about a code as it was meant, and who is no stranger to its room is known", () => {
    const { relay, plain, watched, rooms } = house();
    const stranger = new NotebookLine("party", "192.0.2.99");
    const named = (code: string, line = stranger) => relay.named(line, join(code));
    const unknown = { isNeighbour: false, isCooling: false };
    expect(named(" zz-zz ")).toEqual({ code: "ZZZZ", ...unknown });
    expect(named("Z".repeat(17))).toEqual({ code: "", ...unknown });
    expect(named(plain.code)).toEqual({ code: plain.code, ...unknown });
    expect(named(plain.code, new NotebookLine("party", plain.line.address)).isNeighbour).toBe(true);
    relay.handle(new NotebookLine("party", stranger.address), join(plain.code, "one of them"));
    expect(named(plain.code).isNeighbour).toBe(true);
    relay.gone(plain.line, "lost");
    expect(named(plain.code, new NotebookLine("party", plain.line.address)).isNeighbour).toBe(true);
    expect(relay.named(stranger, create(plain.code)).isNeighbour).toBe(true);
    expect(relay.handle(stranger, create(plain.code))).toMatchObject({ isMiss: false });
    const thief = relay.named(new NotebookLine("party", watched.line.address), join(watched.code, "tv", "a thief's"));
    expect(thief).toEqual({ code: null, ...unknown });
    rooms.at(plain.code)?.close("roomClosed", null);
    expect(named(plain.code)).toEqual({ code: plain.code, isNeighbour: false, isCooling: true });
    for (const command of [join(plain.code), create(plain.code)])
      expect(relay.handle(stranger, command)).toMatchObject({ answer: { kind: "refusal" }, isMiss: false });
  });

  test("[L9] has missed where no room is, where it is taken, and where the seat is somebody else's; nowhere else", () => {
    const { relay, watched, plain, ask, join: joins } = house();
    const miss = (command: Command, line = new NotebookLine("party", "192.0.2.99")) => {
      const { answer, isMiss } = relay.handle(line, command);
      return [answer?.kind === "refusal" ? answer.name : answer?.kind, isMiss];
    };
    expect(miss(join("ZZZZ"))).toEqual(["room_not_found", true]);
    expect(miss(join(watched.code, "tv", "a thief's"))).toEqual(["wrong_secret", true]);
    expect(miss(create(plain.code))).toEqual(["code_taken", true]);
    expect(miss(create("0000"))).toEqual(["bad_field", false]);
    expect(miss(join(plain.code))).toEqual(["joined", false]);
    expect(miss(join("ZZZZ"), plain.line)).toEqual(["already_in_room", false]);
    for (const clientId of ["a", "b", "c", "d", "e", "f"]) joins(plain.code, clientId);
    expect(miss(join(plain.code, "one too many"))).toEqual(["room_full", false]);
    ask(plain.line, { kind: "lock", locked: true });
    expect(miss(join(plain.code, "late"))).toEqual(["room_locked", false]);
  });
});
