// What a server that claims the party wire must do about polls and those who watch, over real sockets: a part of the suite in party.ts.
import { describe, expect, test } from "bun:test";
import type { Client, Frame } from "../support/client.ts";

interface Place {
  connect(): Promise<Client>;
  party(guestCount: number, more?: object): Promise<{ room: string; tv: Client; guests: Client[] }>;
}

const ofType = (frames: readonly Frame[], type: string) => frames.filter((frame) => frame.type === type);

export function partyPollsConformance({ connect, party }: Place): void {
  async function watch(room: string, clientId: string): Promise<{ line: Client; joined: Frame }> {
    const line = await connect();
    return { line, joined: await line.ask({ type: "join", room, clientId, secret: `${clientId}'s`, as: "audience" }) };
  }

  describe("polls", () => {
    const question = { poll: "q", ask: "choice", options: ["A", "B"], who: "members", changes: true, show: "end" };

    test("[C10][C12][C17][C18] a question is asked of all, answered, counted, and closed once", async () => {
      const { room, tv, guests } = await party(2, { history: 16 });
      const [ann, bob] = guests as [Client, Client];
      expect(await tv.ask({ type: "poll.open", poll: "q", ask: "choice", options: ["A", "B"], id: 1 })).toMatchObject({
        type: "poll",
        ...question,
      });
      expect(await tv.next()).toMatchObject({ type: "ack", id: 1, delivered: 3 });
      for (const client of guests)
        expect(await client.next()).toMatchObject({ type: "poll", ...question, seq: expect.any(Number) });
      expect(await ann.ask({ type: "answer", poll: "q", choice: 0, id: 2 })).toMatchObject({ type: "ack", id: 2 });
      expect(await ann.ask({ type: "answer", poll: "q", choice: 1, id: 3 })).toMatchObject({ type: "ack", id: 3 });
      expect(await bob.ask({ type: "answer", poll: "q", choice: 2 })).toMatchObject({
        type: "error",
        code: "bad_field",
        message: "choice must name options, 0 to 1",
      });
      expect(await bob.ask({ type: "answer", poll: "x", choice: 0 })).toMatchObject({ code: "poll_not_found" });
      const late = await connect();
      expect(await late.ask({ type: "join", room, clientId: "late" })).toMatchObject({ polls: [question] });
      tv.send({ type: "poll.close", poll: "q" });
      const closed = { type: "poll_closed", poll: "q", counts: [0, 1], total: 1 };
      for (const client of [tv, ...guests, late])
        expect(ofType(await client.upToFence(), "poll_closed")).toMatchObject([closed]);
      expect(await bob.ask({ type: "answer", poll: "q", choice: 0 })).toMatchObject({ code: "poll_closed" });
      expect(await bob.ask({ type: "poll.open", poll: "q", ask: "text" })).toMatchObject({ code: "not_host" });
    });

    test("[C16][C17] texts go to the host alone; the first closes its poll", async () => {
      const { tv, guests } = await party(2);
      const [ann, bob] = guests as [Client, Client];
      tv.send({ type: "poll.open", poll: "t", ask: "text" });
      tv.send({ type: "poll.open", poll: "f", ask: "first" });
      for (const client of [tv, ...guests]) await client.upToFence();
      ann.send({ type: "answer", poll: "t", text: "a cat" });
      bob.send({ type: "answer", poll: "f" });
      for (const client of [bob, ann]) await client.upToFence();
      const atTv = await tv.upToFence();
      expect(ofType(atTv, "answer")).toEqual([{ type: "answer", poll: "t", from: "p1", text: "a cat" }]);
      expect(ofType(atTv, "poll_closed")).toEqual([
        { type: "poll_closed", poll: "f", counts: [], total: 1, first: "p2" },
      ]);
      expect(await ann.ask({ type: "answer", poll: "f" })).toMatchObject({ code: "poll_closed" });
    });
  });

  describe("an audience", () => {
    test("[C1][C3][C4][C6] watches, hears the host, and is no member", async () => {
      const { room, tv, guests } = await party(1, { audience: 5, state: { round: 1 } });
      const [ann] = guests as [Client];
      const { line, joined } = await watch(room, "eve");
      expect(joined).toEqual({
        type: "joined",
        room,
        audience: true,
        locked: false,
        state: { round: 1 },
        epoch: expect.any(String),
      });
      const late = await connect();
      const answer = await late.ask({ type: "join", room, clientId: "late" });
      expect(answer).toMatchObject({ clients: ["display", "p1", "late"], audience: { count: 1, max: 5 } });
      tv.send({ type: "send", data: "members" });
      tv.send({ type: "send", to: "audience", data: "audience" });
      tv.send({ type: "set_state", data: 2 });
      await tv.upToFence();
      expect(await line.upToFence()).toMatchObject([
        { type: "message", from: "display", data: "audience" },
        { type: "state", data: 2 },
      ]);
      expect(ofType(await ann.upToFence(), "message")).toMatchObject([{ data: "members" }]);
      expect(await line.ask({ type: "send", data: 1 })).toMatchObject({ code: "not_in_room" });
      // How many watch may be told in between.
      ann.send({ type: "send", to: "audience", data: 1 });
      expect(ofType(await ann.upToFence(), "error")).toMatchObject([{ code: "not_host" }]);
      expect(await line.ask({ type: "leave" })).toMatchObject({ type: "left" });
    });

    test("[C1][C7][C8] a full room offers it, a room without refuses it, and a name is kept by its secret", async () => {
      const { room } = await party(1, { audience: 1, maxClients: 2 });
      const late = await connect();
      expect(await late.ask({ type: "join", room, clientId: "late" })).toMatchObject({
        code: "room_full",
        audience: true,
      });
      const { line } = await watch(room, "eve");
      expect(await late.ask({ type: "join", room, clientId: "eve", as: "audience" })).toMatchObject({
        code: "wrong_secret",
      });
      const again = await watch(room, "eve");
      expect(again.joined).toMatchObject({ audience: true });
      expect((await line.closed).code).toBe(4000);
      const none = await party(0);
      expect(await late.ask({ type: "join", room: none.room, clientId: "late", as: "audience" })).toMatchObject({
        code: "no_audience",
      });
      expect(await none.tv.ask({ type: "send", to: "audience", data: 1 })).toMatchObject({ code: "no_audience" });
    });
  });
}
