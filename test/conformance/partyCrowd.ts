// What a server that claims the party wire must do with what rooms have beside seats: timers, data that is not everybody's, names, a reset. No time
// passes here, since a server in memory lets none pass by itself.
import { describe, expect, test } from "bun:test";
import type { Client, Frame } from "../support/client.ts";

interface Stage {
  connect(): Promise<Client>;
  /** A room with its display and so many guests (`p1`, `p2`, …), all news of arrivals heard. */
  party(guestCount: number, more?: object): Promise<{ room: string; tv: Client; guests: Client[] }>;
}

/** Registers the suite. */
export function partyCrowdConformance({ connect, party }: Stage): void {
  const two = async (more?: object) => {
    const { room, tv, guests } = await party(2, more);
    const [one, other] = guests;
    if (one === undefined || other === undefined) throw new Error("two guests");
    return { room, tv, one, other };
  };
  const join = async (room: string, clientId: string, more: object = {}) => {
    const client = await connect();
    return { client, joined: await client.ask({ type: "join", clientId, room, ...more }) };
  };
  const heard = async (...clients: Client[]) => Promise.all(clients.map((client) => client.upToFence()));
  const codeOf = ({ code }: Frame) => code;

  describe("timers", () => {
    test("[C20] are told to all with the server's clock, and found by who joins", async () => {
      const { room, tv, one } = await two();
      const { t: before } = await tv.ask({ type: "ping" });
      tv.send({ type: "timer.set", timer: "round", seconds: 3_600, label: "Round 2", id: "r" });
      const [atTv, atOne] = await heard(tv, one);
      const timer = atOne?.[0] as Frame;
      expect(timer).toEqual({
        ...{ type: "timer", timer: "round", label: "Round 2", isPaused: false },
        ...{ leftMs: Number(timer.endsAt) - Number(timer.t), t: timer.t, endsAt: timer.endsAt },
      });
      expect(Number(timer.endsAt)).toBeGreaterThanOrEqual(Number(before) + 3_600_000);
      expect(Number(timer.t)).toBeGreaterThanOrEqual(Number(before));
      expect(atTv).toEqual([timer, { type: "ack", id: "r", delivered: 3 }]);
      const { joined } = await join(room, "late");
      expect(joined.timers).toMatchObject([{ timer: "round", label: "Round 2", endsAt: timer.endsAt }]);
    });

    test("[C22] stand still, go on, and are stopped, by the host alone", async () => {
      const { tv, one } = await two();
      expect(codeOf(await tv.ask({ type: "timer.pause", timer: "round" }))).toBe("timer_not_found");
      expect(codeOf(await one.ask({ type: "timer.set", timer: "round", seconds: 9 }))).toBe("not_host");
      tv.send({ type: "timer.set", timer: "round", seconds: 3_600 });
      for (const type of ["timer.pause", "timer.go", "timer.stop"]) tv.send({ type, timer: "round" });
      const [atTv = [], atOne] = await heard(tv, one);
      expect(atTv.map(({ isPaused, stopped }) => [isPaused, stopped])).toEqual([
        [false, undefined],
        [true, undefined],
        [false, undefined],
        [true, true],
      ]);
      expect(atOne).toEqual(atTv);
    });

    test("[C20] of eight there is no ninth", async () => {
      const { tv } = await two();
      for (let n = 0; n < 8; n++) tv.send({ type: "timer.set", timer: `t${n}`, seconds: 3_600 });
      await tv.upToFence();
      expect(codeOf(await tv.ask({ type: "timer.set", timer: "t8", seconds: 3_600 }))).toBe("too_many_timers");
    });
  });

  describe("data that is not everybody's", () => {
    test("[C30] the host replaces another's data, and nobody else does", async () => {
      const { tv, one, other } = await two();
      tv.send({ type: "set_player", clientId: "p1", data: { score: 3 } });
      const player = { type: "player", clientId: "p1", data: { score: 3 } };
      expect(await heard(tv, one, other)).toEqual([[], [player], [player]]);
      expect(codeOf(await one.ask({ type: "set_player", clientId: "p2", data: 1 }))).toBe("not_host");
      expect(codeOf(await tv.ask({ type: "set_player", clientId: "p9", data: 1 }))).toBe("target_not_found");
    });

    test("[C31][C32] private data is heard and found by its member and the host alone", async () => {
      const { room, tv, one, other } = await two({ away: 60 });
      tv.send('{"type":"set_private","clientId":"p1","data":1e400}');
      await tv.upToFence();
      expect(await one.nextText()).toBe('{"type":"private","clientId":"p1","data":1e400}');
      expect(await other.upToFence()).toEqual([]);
      tv.send({ type: "set_private", clientId: "p1", data: "spy" });
      expect(await heard(one, other)).toEqual([[{ type: "private", clientId: "p1", data: "spy" }], []]);
      expect(codeOf(await one.ask({ type: "set_private", clientId: "p2", data: 1 }))).toBe("not_host");
      expect((await join(room, "p1")).joined.private).toBe("spy");
      expect(JSON.stringify((await join(room, "p2")).joined)).not.toContain("spy");
      const { joined } = await join(room, "display");
      expect([joined.private, joined.privates]).toEqual([undefined, [{ clientId: "p1", data: "spy" }]]);
    });
  });

  test("[C36][C37] names that differ, told again when their member is back", async () => {
    const { room, tv } = await party(0, { names: "unique", away: 60 });
    const { client, joined: first } = await join(room, "a", { name: "Ann" });
    const { joined: second } = await join(room, "b", { name: "\u2068ann\u2069" });
    expect([first.name, second.name]).toEqual(["Ann", "ann 2"]);
    expect((await tv.upToFence()).map(({ name }) => name)).toEqual(["Ann", "ann 2"]);
    await client.close();
    expect(await tv.next()).toMatchObject({ type: "peer_away", clientId: "a" });
    await join(room, "a", { name: "Ann" });
    expect(await tv.next()).toEqual({ type: "peer_back", clientId: "a", name: "Ann" });
  });

  test("[C39] a reset lets go of all but what is named, and is told to all with a number", async () => {
    const { room, tv, one } = await two({ history: 16, state: 1 });
    tv.send({ type: "set_player", clientId: "p1", data: "red" });
    tv.send({ type: "set_private", clientId: "p1", data: "spy" });
    tv.send({ type: "timer.set", timer: "round", seconds: 3_600 });
    await heard(tv, one);
    expect(codeOf(await one.ask({ type: "room.reset" }))).toBe("not_host");
    tv.send({ type: "room.reset", keep: ["players"] });
    const [atTv = [], atOne] = await heard(tv, one);
    expect(atTv).toEqual([{ type: "reset", keep: ["players"], seq: expect.any(Number) }]);
    expect(atOne).toEqual(atTv);
    const { joined } = await join(room, "p1");
    const peers = joined.peers as Frame[];
    expect([joined.state, joined.private, joined.timers, peers[1]?.player]).toEqual([
      undefined,
      undefined,
      undefined,
      "red",
    ]);
  });
}
