// The event log: who pays for what is appended, and what becomes of requests and rooms where the file fails.
import { describe, expect, test } from "bun:test";
import { isRefusal } from "../../src/protocol/refusals.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { core, nameOf } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";
import { diskFull, GAME, ok, threeSessions } from "../support/sessions.ts";

/** A log over a store with one session in it, and a way to append a body of a known length. */
function stage() {
  const { store, eventLog, charges, sessions } = core();
  const { id } = ok(sessions.start(null, null));
  const chars = (): number => store.events(id, 0, 1_000).reduce((sum, { body }) => sum + body.length, 0);
  const append = (status = "x".repeat(100)) =>
    eventLog.transact((append) => {
      append({ id, room: null }, "player-count.updated", { sessionId: "1", gameId: "1", playerCount: 1, status });
    }, "operator");
  /** Characters that `work` has the log grow by. */
  const grown = (work: () => unknown): number => {
    const before = chars();
    work();
    return chars() - before;
  };
  return { store, eventLog, charges, append, grown };
}

describe("who pays", () => {
  test("[L19] what is appended on the account of an address is charged once, as the sum of its characters", () => {
    const { eventLog, charges, append, grown } = stage();
    const chars = grown(() => {
      const result = eventLog.onAccountOf("192.0.2.7", () => {
        append();
        append("y");
        // Nothing before the end: one command is one charge.
        expect(charges).toEqual([]);
        return "result";
      });
      expect(result).toBe("result");
    });
    expect(chars).toBeGreaterThan(200);
    expect(charges).toEqual([{ address: "192.0.2.7", chars }]);
  });

  test("[L19] what comes before and after is on nobody's account, and the next account begins at nothing", () => {
    const { eventLog, charges, append, grown } = stage();
    append();
    eventLog.onAccountOf("192.0.2.7", append);
    append();
    const chars = grown(() => eventLog.onAccountOf("192.0.2.8", () => append("z")));
    expect(charges.map(({ address }) => address)).toEqual(["192.0.2.7", "192.0.2.8"]);
    expect(charges[1]?.chars).toBe(chars);
  });

  test("[L19] whoever appends nothing is not charged, nor for what could not be written", () => {
    const { store, eventLog, charges, append } = stage();
    eventLog.onAccountOf("192.0.2.7", () => {});
    const failure = diskFull();
    store.log = () => {
      throw failure;
    };
    expect(isRefusal(eventLog.onAccountOf("192.0.2.7", append))).toBe(true);
    expect(charges).toEqual([]);
  });

  test("[L19] inside of another account the outer one pays for all, once", () => {
    const { eventLog, charges, append, grown } = stage();
    const chars = grown(() => {
      eventLog.onAccountOf("192.0.2.7", () => {
        append();
        eventLog.onAccountOf("192.0.2.8", append);
        expect(charges).toEqual([]);
        append();
      });
    });
    expect(charges).toEqual([{ address: "192.0.2.7", chars }]);
  });

  test("[L19] work that throws is charged for what it has appended, and its account ends with it", () => {
    const { eventLog, charges, append, grown } = stage();
    const broken = () => {
      append();
      throw new Error("a bug");
    };
    const chars = grown(() => expect(() => eventLog.onAccountOf("192.0.2.7", broken)).toThrow("a bug"));
    expect(charges).toEqual([{ address: "192.0.2.7", chars }]);
    append();
    expect(charges).toHaveLength(1);
  });

  test("[L19] every command that writes is on the account of its line, and a message on none", () => {
    const fixture = core();
    const { store, charges } = fixture;
    const at = (address: string) => new NotebookLine("party", address);
    const logged = () => store.events(1, 0, 1_000).reduce((sum, { body }) => sum + body.length, 0);
    let before = 0;
    /** Who has paid since the last look, and that it was for all that has been written. */
    const payers = () => {
      const chars = logged();
      const paid = charges.splice(0);
      expect(paid.reduce((sum, charge) => sum + charge.chars, 0)).toBe(chars - before);
      before = chars;
      return [...new Set(paid.map(({ address }) => address))];
    };
    const { line: tv, code } = fixture.create("tv", { line: at("192.0.2.1") });
    fixture.ask(tv, { kind: "sessionStart", notes: null });
    fixture.ask(tv, { kind: "gameAdd", game: GAME });
    expect(payers()).toEqual(["192.0.2.1"]);
    const [two, three] = [at("192.0.2.2"), at("192.0.2.3")];
    fixture.join(code, "p2", { line: two });
    expect(payers()).toEqual(["192.0.2.2"]);
    fixture.join(code, "p3", { line: three });
    fixture.ask(three, { kind: "vote", vote: "up" });
    expect(payers()).toEqual(["192.0.2.3"]);
    fixture.ask(two, { kind: "send", to: null, body: "1" });
    expect(payers()).toEqual([]);
    fixture.ask(two, { kind: "leave" });
    expect(payers()).toEqual(["192.0.2.2"]);
    fixture.ask(tv, { kind: "kick", clientId: "p3", reason: null, ban: false });
    expect(payers()).toEqual(["192.0.2.1"]);
    fixture.ask(tv, { kind: "closeRoom", reason: null });
    expect(payers()).toEqual(["192.0.2.1"]);
  });
});

describe("a file that fails while rooms play", () => {
  test("[S25] joins, votes and the end of a room go on without it", () => {
    const fixture = threeSessions();
    const { store } = fixture;
    const failure = diskFull();
    const fail = () => {
      throw failure;
    };
    for (const method of ["session", "game", "latestGame", "log", "putVote", "transaction"] as const) {
      Object.defineProperty(store, method, { value: fail, configurable: true });
    }
    const { line, answer } = fixture.join(fixture.own.code, "p1");
    expect(answer?.kind === "joined" ? answer.picture.session : "?").toBeNull();
    expect(nameOf(fixture.ask(line, { kind: "vote", vote: "up" }))).toBe("not_kept");
    expect(nameOf(fixture.ask(fixture.own.line, { kind: "gameEnd" }))).toBe("not_kept");
    expect(nameOf(fixture.ask(line, { kind: "leave" }))).toBe("left");
    expect(nameOf(fixture.ask(fixture.own.line, { kind: "closeRoom", reason: null }))).toBeNull();
    fixture.relay.gone(fixture.other.line, "lost");
    expect(fixture.rooms.size).toBe(0);
    // However often: a disk that stays as it is is told of once.
    expect(fixture.failures).toEqual([failure]);
  });
});

describe("a full disk", () => {
  test("[S14][S20] a change of the lobby that could not be written is told with the next that can", () => {
    const fixture = core();
    const { line, code } = fixture.create("tv");
    fixture.ask(line, { kind: "sessionStart", notes: null });
    fixture.ask(line, { kind: "gameAdd", game: { ...GAME, minPlayers: 1 } });
    const log = fixture.store.log.bind(fixture.store);
    const failure = diskFull();
    fixture.store.log = () => {
      throw failure;
    };
    fixture.join(code, "p1");
    fixture.store.log = log;
    expect(fixture.failures).toEqual([failure]);
    fixture.fanout.told.length = 0;
    fixture.join(code, "p2");
    expect(fixture.fanout.told.map(({ event }) => event.type)).toEqual(["lobby.player-joined", "lobby.updated"]);
  });

  test("[S20][S25] what cannot be written is not done and not told, and the room plays on", () => {
    const fixture = core({}, Store.open(":memory:", 256 * 1024));
    const { line, code } = fixture.create("tv");
    fixture.ask(line, { kind: "sessionStart", notes: null, token: "t", isProven: true });
    fixture.ask(line, { kind: "gameAdd", game: { ...GAME, minPlayers: 3 } });
    let told = 0;
    for (let n = 0; n < 2000; n++) {
      told = fixture.fanout.told.length;
      const lobbyState = n % 2 === 0 ? "Countdown" : "CanStart";
      if (nameOf(fixture.ask(line, { kind: "lobbyUpdate", lobbyState })) === "not_kept") break;
    }
    line.heard();
    expect(fixture.failures.length).toBe(1);
    const log = fixture.store.events(1, 0, 5000);
    expect(fixture.fanout.told.length).toBe(told);
    // Its beginning was told to all, and not to its subscribers.
    expect(log.length).toBe(told + 1);
    expect(nameOf(fixture.ask(line, { kind: "gameAdd", game: GAME }))).toBe("not_kept");
    expect(fixture.store.games(1, null, 10)).toHaveLength(1);
    expect(nameOf(fixture.join(code, "p1").answer)).toBe("joined");
    expect(fixture.store.events(1, 0, 5000)).toHaveLength(log.length);
    // The room ends all the same, and holds nothing.
    expect(nameOf(fixture.ask(line, { kind: "closeRoom", reason: null }))).toBeNull();
    expect(fixture.rooms.size).toBe(0);
    // And its end is written: that much was kept free for it.
    expect(fixture.store.session(1)?.endedAt).not.toBeNull();
    expect(fixture.store.events(1, 0, 5000).at(-1)?.type).toBe("session.ended");
  });
});

describe("what the log knows of itself", () => {
  test("[H3] it counts what it has published, and what it could not write it has not", () => {
    const { eventLog, sessions, store } = core();
    sessions.start("a", null);
    expect(eventLog.published).toBe(1);
    store.transaction = () => {
      throw diskFull();
    };
    sessions.start("b", null);
    expect(eventLog.published).toBe(1);
  });

  test("[S25] a bug is no disk that is full: it is thrown on, and nothing is said of the disk", () => {
    const { eventLog, failures } = core();
    const bug = () => {
      throw new Error("a bug");
    };
    expect(() => eventLog.attempt(bug)).toThrow("a bug");
    expect(failures).toEqual([]);
    expect(
      eventLog.attempt(() => {
        throw diskFull();
      }),
    ).toMatchObject({ name: "not_kept" });
    expect(failures).toHaveLength(1);
  });
});
