// Rooms on three nodes, with members that speak, drop, come back elsewhere, and go to another room on the same connection, by a seeded draw, over ways
// between nodes that are late by a draw too, with the rooms themselves on the move, or not: each hears all that was said while it was a member, once, and all in one order.
import { expect, test } from "bun:test";
import { Client, type Frame } from "../support/client.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";
import { type Random, randomFrom, seedOf } from "../support/random.ts";

const stage = nodeStages();

const FAST = {
  ...{ BYTES_PER_SECOND: "1000000000", HOST_MESSAGES_PER_SECOND: "100000", MESSAGES_PER_SECOND: "100000" },
  ...{ JOINS_PER_SECOND: "100000", ROOM_JOINS_PER_SECOND: "100000", LINES_PER_ADDRESS: "1000" },
  ...{ ADDRESS_MESSAGES_PER_SECOND: "1000000", CONNECTS_PER_SECOND: "100000", MAX_ROOMS_PER_ADDRESS: "1000" },
};
const STEPS = 1_000;
const MEMBERS = 5;
/** In so many steps a room is told less than its history keeps. */
const UNREAD_STEPS = 60;

interface Room {
  readonly code: string;
  readonly epoch: string;
  readonly tv: Client;
}

/** A member of one room at a time, and what it was told there. */
class Member {
  room: Room;
  /** The number of the room's last frame that it has read. */
  seq = 0;
  /** From which number on it hears its room. */
  from = 0;
  /** At which step it has last read all. */
  readAt = 0;
  heard: { readonly seq: number; readonly data: unknown }[] = [];

  constructor(
    readonly clientId: string,
    public client: Client,
    room: Room,
  ) {
    this.room = room;
  }

  take(frame: Frame): void {
    if (typeof frame.seq !== "number") return;
    this.seq = Math.max(this.seq, frame.seq);
    if (frame.type === "message") this.heard.push({ seq: frame.seq, data: frame.data });
  }

  /** Reads all up to the answer of a join. */
  async joined(): Promise<Frame> {
    for (;;) {
      const frame = await this.client.next();
      if (frame.type === "joined") return frame;
      if (frame.type === "error") throw new Error(`${this.clientId}: ${JSON.stringify(frame)}`);
      this.take(frame);
    }
  }

  async read(): Promise<void> {
    for (const frame of await this.client.upToFence()) this.take(frame);
  }
}

async function open(node: TestNode): Promise<Room> {
  const tv = await Client.connect(node.url);
  const created = await tv.ask({ type: "create", clientId: "tv", maxClients: 64, history: 256, away: 600 });
  return { code: String(created.room), epoch: String(created.epoch), tv };
}

function pickOther(random: Random, rooms: readonly Room[], room: Room): Room {
  return random.pick(rooms.filter((one) => one !== room));
}

test.each([
  ["stay where they are", 0],
  ["move from node to node [N7]", 0.2],
])(
  "[N1][N3][R19] every member hears all that its room is told, once, in one order: rooms that %s",
  async (_, moving) => {
    const seed = seedOf("FAR_SEED");
    console.log(`FAR_SEED=${seed}`);
    const random = randomFrom(seed);
    const { at, clock, wires } = stage(3, FAST);
    wires.lag = () => 1 + random.below(4);
    const time = setInterval(() => clock.advance(20), 1);
    const rooms = [await open(at(0)), await open(at(1)), await open(at(2))];
    const told = new Map<Room, { readonly seq: number; readonly data: unknown; readonly from: unknown }[]>();
    for (const room of rooms) told.set(room, []);
    /** At which number a member last left a room. */
    const left = new Map<string, number>();
    const readTvs = async () => {
      for (const room of rooms) {
        for (const { type, seq, data, from, clientId } of await room.tv.upToFence()) {
          if (type === "message") told.get(room)?.push({ seq: Number(seq), data, from });
          if (type === "peer_left") left.set(`${clientId} ${room.code}`, Number(seq));
        }
      }
    };
    const check = (member: Member, until = Number.POSITIVE_INFINITY) => {
      const all = told.get(member.room) ?? [];
      const own = all.filter(({ seq, from }) => seq > member.from && seq < until && from !== member.clientId);
      expect(member.heard).toEqual(own.map(({ seq, data }) => ({ seq, data })));
    };

    const members: Member[] = [];
    for (let n = 0; n < MEMBERS * rooms.length; n++) {
      const room = random.pick(rooms);
      const client = await Client.connect(at(random.below(3)).url);
      const member = new Member(`m${n}`, client, room);
      client.send({ type: "join", clientId: member.clientId, room: room.code });
      member.from = Number((await member.joined()).seq);
      member.seq = member.from;
      members.push(member);
    }
    const checkAll = async () => {
      for (const one of members) await one.read();
      await readTvs();
      for (const one of members) await one.read();
      for (const one of members) check(one);
    };
    const full = new Set<readonly [string, string]>();
    const fill = (from: string, to: string) => {
      full.add([from, to]);
      wires.fill(from, to, true);
    };
    const unfill = () => {
      for (const [from, to] of full) wires.fill(from, to, false);
      full.clear();
    };
    let count = 0;
    const speak = (member: Member) => {
      for (let more = random.below(4); more >= 0; more--) member.client.send({ type: "send", data: ++count });
    };
    let moves = 0;
    const under = new Set<Promise<boolean>>();
    const moveOne = () => {
      const { code } = random.pick(rooms);
      const from = [0, 1, 2].find((index) => at(index).doors.rooms.at(code) !== null);
      // It is on its way.
      if (from === undefined) return;
      const to = random.pick([0, 1, 2].filter((index) => index !== from));
      const room = at(from).doors.rooms.at(code);
      if (room === null) return;
      const move = at(from).nodes.moves.move(room, "abc"[to] ?? "");
      under.add(move);
      void move.then((isMoved) => {
        under.delete(move);
        if (isMoved) moves++;
      });
    };
    for (let step = 0; step < STEPS; step++) {
      if (random.chance(moving)) moveOne();
      const member = random.pick(members);
      const what = random.below(10);
      if (what < 6) {
        speak(member);
        // Whoever speaks by a way that is full is not read until it has room again, a few steps later.
        if (random.chance(0.2)) fill(random.pick(["a", "b", "c"]), random.pick(["a", "b", "c"]));
        continue;
      }
      unfill();
      if (what < 8) {
        // Who has not read for longer than the room's history reaches back could not be told whole.
        if (step - member.readAt > UNREAD_STEPS) await member.read();
        // Drops, with words on the way, and comes back anywhere, sometimes before anybody knows that it has gone.
        speak(member);
        const { client } = member;
        if (random.chance(0.7)) await client.close();
        member.client = await Client.connect(at(random.below(3)).url);
        const { clientId, seq: since } = member;
        member.client.send({ type: "join", clientId, room: member.room.code, since, epoch: member.room.epoch });
        const back = await member.joined();
        expect(back).toMatchObject({ resumed: true });
        for (const frame of back.missed as Frame[]) member.take(frame);
        member.seq = Number(back.seq);
        await client.close();
      } else {
        // To another room on the same connection, all in one go.
        const to = pickOther(random, rooms, member.room);
        const before = member.room;
        speak(member);
        member.client.send({ type: "leave" });
        if (random.chance(0.3)) {
          member.client.send({ type: "create", clientId: member.clientId, maxClients: 2 });
          member.client.send({ type: "leave" });
        }
        member.client.send({ type: "join", clientId: member.clientId, room: to.code });
        speak(member);
        const joined = await member.joined();
        await readTvs();
        check(member, left.get(`${member.clientId} ${before.code}`));
        member.room = to;
        member.heard = [];
        member.from = Number(joined.seq);
        member.seq = member.from;
      }
      if (!random.chance(0.1)) continue;
      await checkAll();
      for (const one of members) one.readAt = step;
    }
    unfill();
    await Promise.all(under);
    await checkAll();
    clearInterval(time);
    expect(moves).toBeGreaterThanOrEqual(moving * STEPS * 0.3);
    expect(count).toBeGreaterThan(STEPS / 2);
    expect(wires.count("a", "end") + wires.count("b", "end") + wires.count("c", "end")).toBeGreaterThan(5);
  },
  60_000,
);
