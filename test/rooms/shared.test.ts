// Rooms that share [R44]–[R47], on the core alone: data that any member may change, members' data of one shape, rooms and lines that
// are known by a number.
import { describe, expect, test } from "bun:test";
import { NEWEST, type RoomName, type RoomRules, type Shaped } from "../../src/protocol/commands.ts";
import { type Answer, core, nameOf } from "../support/core.ts";
import { NotebookLine } from "../support/notebook.ts";

const RULES: RoomRules = {
  awayMs: 0,
  historyMax: 0,
  hostGone: "stay",
  capCounts: "seats",
  idsAre: "public",
  isNumbered: true,
  creatorPlays: true,
};

const PLAYER: Shaped = { body: '{"x":0}', shape: "x" };
const OTHER: Shaped = { body: '{"y":0}', shape: "y" };

function stage(limits: Parameters<typeof core>[0] = {}) {
  const fixture = core(limits);
  let lines = 0;
  const line = (wire = "shared", address?: string) => new NotebookLine(wire, address, "unknown", lines++);
  function open(creator = line(), more: { state?: string; defaults?: Shaped | null } = {}) {
    const { state = "1", defaults = PLAYER } = more;
    const opening = { rules: RULES, state, wireData: null, defaults };
    const answer = fixture.ask(creator, { kind: "create", guest: null, maxClients: null, code: null, ...opening });
    const picture = answer?.kind === "created" ? answer.picture : null;
    return { line: creator, answer, number: picture?.number ?? Number.NaN, code: picture?.code ?? "" };
  }
  function enter(name: RoomName, joiner = line()) {
    return { line: joiner, answer: fixture.ask(joiner, { kind: "join", guest: null, code: name, since: null }) };
  }
  /** A room of three, nothing left to hear. */
  function gather() {
    const opened = open();
    const members = [opened.line, enter(opened.number).line, enter(opened.number).line] as const;
    for (const member of members) member.heard();
    return { ...opened, members };
  }
  const set = (of: NotebookLine, { body, shape }: Shaped) => fixture.ask(of, { kind: "setPlayer", body, shape });
  const share = (by: NotebookLine, state: string, defaults: Shaped) =>
    fixture.ask(by, { kind: "setShared", state, defaults });
  const leave = (who: NotebookLine) => fixture.ask(who, { kind: "leave" });
  /** Each member's own data, as who comes next is told; it goes again. */
  function players(number: number) {
    const { line: guest, answer } = enter(number);
    const peers = answer?.kind === "joined" ? answer.picture.peers : [];
    leave(guest);
    return peers.slice(0, -1).map(({ player }) => player);
  }
  return { ...fixture, line, open, enter, gather, set, share, leave, players };
}

const pictureOf = (answer: Answer) => (answer?.kind === "joined" || answer?.kind === "created" ? answer.picture : null);

describe("defaults", () => {
  test("[R44] a member's own data is the defaults until it sets any, its creator's too", () => {
    const { open, enter, set } = stage();
    const { line, number, answer } = open();
    expect(pictureOf(answer)).toMatchObject({ state: "1", defaults: PLAYER.body, peers: [{ player: PLAYER.body }] });
    set(line, { ...PLAYER, body: '{"x":7}' });
    const joined = enter(number);
    expect(pictureOf(joined.answer)).toMatchObject({
      defaults: PLAYER.body,
      peers: [{ player: '{"x":7}' }, { player: PLAYER.body }],
    });
    expect(line.heard()).toMatchObject([{ kind: "player" }, { kind: "peerJoined", peer: { player: PLAYER.body } }]);
  });

  test("[R44] who leaves and comes back begins again", () => {
    const { gather, set, leave, enter, players } = stage();
    const { number, members } = gather();
    set(members[1], { ...PLAYER, body: '{"x":7}' });
    leave(members[1]);
    enter(number, members[1]);
    expect(players(number)).toEqual([PLAYER.body, PLAYER.body, PLAYER.body]);
  });

  test("[R44] a room without defaults has none: data of any shape is taken, and not told to the member itself", () => {
    const { create, join, ask } = core();
    const { line, code, answer } = create();
    const { line: a } = join(code, "a");
    line.heard();
    expect(pictureOf(answer)).toMatchObject({ defaults: null, number: null, peers: [{ player: null }] });
    expect(ask(a, { kind: "setPlayer", body: "[1]", shape: null }, "r")).toMatchObject({ kind: "ack", delivered: 1 });
    expect(line.heard()).toMatchObject([{ kind: "player", clientId: "a", body: "[1]" }]);
    expect(a.heard()).toEqual([]);
    for (const who of [line, a])
      expect(nameOf(ask(who, { kind: "setShared", state: "1", defaults: OTHER }))).toBe("not_host");
    expect([line.heard(), a.heard()]).toEqual([[], []]);
  });
});

describe("a member's own data", () => {
  test("[R45] of the right shape, everyone is told, the member included", () => {
    const { gather, ask } = stage();
    const { members } = gather();
    const want = { kind: "setPlayer", body: '{"x":"any"}', shape: "x" } as const;
    expect(ask(members[1], want, "r")).toMatchObject({ kind: "ack", delivered: 3 });
    for (const member of members) {
      expect(member.heard()).toEqual([{ kind: "player", clientId: "1", body: '{"x":"any"}' }]);
    }
  });

  test("[R45] of another shape it is refused, nobody is told, and what was there stays", () => {
    const { gather, set, players } = stage();
    const { number, members } = gather();
    set(members[1], { ...PLAYER, body: '{"x":7}' });
    for (const member of members) member.heard();
    expect(nameOf(set(members[1], OTHER))).toBe("wrong_shape");
    expect(members.map((member) => member.heard())).toEqual([[], [], []]);
    expect(players(number)).toEqual([PLAYER.body, '{"x":7}', PLAYER.body]);
  });

  test("[R45] updates of many are told to all in one order", () => {
    const { gather, set, share } = stage();
    const { members } = gather();
    for (let n = 0; n < 9; n++) {
      const member = members[n % 3] ?? members[0];
      if (n === 4) share(member, "2", PLAYER);
      else set(member, { ...PLAYER, body: `{"x":${n}}` });
    }
    const [first, ...others] = members.map((member) => member.heard());
    expect(first?.map((event) => ("body" in event ? event.body : event.kind))).toEqual(
      [0, 1, 2, 3, "shared", 5, 6, 7, 8].map((n) => (n === "shared" ? n : `{"x":${n}}`)),
    );
    for (const heard of others) expect<unknown>(heard).toEqual(first);
  });

  test("[R45] in a room of one's own there is oneself to tell", () => {
    const { open, set } = stage();
    const { line } = open();
    expect(set(line, PLAYER)).toBeNull();
    expect(line.heard()).toMatchObject([{ kind: "player", clientId: "0" }]);
  });
});

describe("what all share", () => {
  test("[R46] any member replaces it; everyone is told once, and of nobody's data besides", () => {
    const { gather, share, players } = stage();
    const { number, members } = gather();
    expect(share(members[2], '"new"', OTHER)).toBeNull();
    for (const member of members) {
      expect(member.heard()).toEqual([{ kind: "shared", state: '"new"', player: OTHER.body }]);
    }
    expect(players(number)).toEqual([OTHER.body, OTHER.body, OTHER.body]);
  });

  test("[R46] every member's own data is the new defaults, even of the same shape", () => {
    const { gather, set, share, players } = stage();
    const { number, members } = gather();
    for (const member of members) set(member, { ...PLAYER, body: '{"x":7}' });
    share(members[0], "1", { ...PLAYER, body: '{"x":1}' });
    expect(players(number)).toEqual(['{"x":1}', '{"x":1}', '{"x":1}']);
  });

  test("[R45][R46] from then on the new shape holds, for those to come too", () => {
    const { gather, set, share, enter } = stage();
    const { number, members } = gather();
    share(members[1], "2", OTHER);
    const { line: late, answer } = enter(number);
    expect(pictureOf(answer)).toMatchObject({ state: "2", defaults: OTHER.body });
    for (const who of [...members, late]) {
      expect(nameOf(set(who, PLAYER))).toBe("wrong_shape");
      expect(set(who, OTHER)).toBeNull();
    }
  });

  test("[R46] the room goes on without its creator, as before", () => {
    const { gather, leave, share, set, enter } = stage();
    const { number, members } = gather();
    leave(members[0]);
    expect(share(members[1], "2", OTHER)).toBeNull();
    expect(set(members[2], OTHER)).toBeNull();
    expect(pictureOf(enter(number).answer)?.peers.map(({ clientId }) => clientId)).toEqual(["1", "2", "3"]);
  });

  test("[R44][R46] who is in no room has nothing to change", () => {
    const { line, set, share, leave, gather } = stage();
    const stranger = line();
    const { members } = gather();
    expect([set(stranger, PLAYER), share(stranger, "1", PLAYER), leave(stranger)].map(nameOf)).toEqual(
      Array(3).fill("not_in_room"),
    );
    leave(members[1]);
    expect(nameOf(set(members[1], PLAYER))).toBe("not_in_room");
    expect(members[0].heard().map(({ kind }) => kind)).toEqual(["peerLeft"]);
  });
});

describe("numbers", () => {
  test("[R47] rooms count up from 0, and a line's own number is its name in all of them", () => {
    const { open, leave, line } = stage();
    line();
    const { line: one, number, answer } = open();
    expect([number, pictureOf(answer)?.peers[0]?.clientId]).toEqual([0, "1"]);
    expect(open().number).toBe(1);
    leave(one);
    const again = open(one);
    expect([again.number, pictureOf(again.answer)?.peers[0]?.clientId]).toEqual([2, "1"]);
  });

  test("[R47] a create that is refused uses no number", () => {
    const { open, line } = stage({ roomsMax: 3, roomsPerAddressMax: 2 });
    const { line: one } = open();
    expect(nameOf(open(one).answer)).toBe("already_in_room");
    open();
    expect(nameOf(open().answer)).toBe("too_many_rooms");
    expect(open(line("shared", "198.51.100.1")).number).toBe(2);
    expect(nameOf(open(line("shared", "198.51.100.2")).answer)).toBe("server_full");
  });

  test("[R47] rooms of wires without numbers use none up", () => {
    const { open, create } = stage();
    open();
    create("tv");
    expect(open().number).toBe(1);
  });

  test("[R47] a room is joined by its number, and by no other", () => {
    const { open, enter } = stage();
    open();
    const { number, code } = open();
    expect(pictureOf(enter(number).answer)).toMatchObject({ number, code });
    for (const wrong of [2, -2, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(nameOf(enter(wrong).answer)).toBe("room_not_found");
    }
    expect(pictureOf(enter(-0).answer)?.number).toBe(0);
  });

  test("[R47] -1 is the room opened last", () => {
    const { open, enter } = stage();
    open();
    expect(pictureOf(enter(NEWEST).answer)?.number).toBe(0);
    open();
    expect(pictureOf(enter(NEWEST).answer)?.number).toBe(1);
  });

  test("[R47] when that one has ended no other takes its place, until one is opened", () => {
    const { open, enter, leave } = stage();
    const first = open();
    leave(open().line);
    expect(nameOf(enter(NEWEST).answer)).toBe("room_not_found");
    expect(nameOf(enter(first.number).answer)).toBe("joined");
    expect(open().number).toBe(2);
    expect(pictureOf(enter(NEWEST).answer)?.number).toBe(2);
  });

  test("[R47] -1 where there is no room: never one, and none any more", () => {
    const { open, enter, leave, create } = stage();
    create("tv");
    expect(nameOf(enter(NEWEST).answer)).toBe("no_room");
    leave(open().line);
    expect([nameOf(enter(NEWEST).answer), nameOf(enter(0).answer)]).toEqual(["no_room", "room_not_found"]);
  });

  test("[R47] a room that has ended is not found by its number again", () => {
    const { gather, enter, leave, relay, open, rooms } = stage();
    const { number, members } = gather();
    leave(members[0]);
    relay.gone(members[1], "lost");
    const { line: last, answer } = enter(number);
    expect(nameOf(answer)).toBe("joined");
    leave(members[2]);
    relay.gone(last, "lost");
    expect(rooms.size).toBe(0);
    expect(open().number).toBe(1);
    expect(nameOf(enter(number).answer)).toBe("room_not_found");
  });

  test("[R12][R47] another wire finds it neither by number nor as the newest", () => {
    const { open, enter, line } = stage();
    const { number } = open();
    expect(nameOf(enter(number, line("other")).answer)).toBe("room_not_found");
    expect(nameOf(enter(NEWEST, line("other")).answer)).toBe("room_not_found");
  });

  test("[R12][R47] its code opens it to no other wire", () => {
    const { open, rooms, join, line } = stage();
    const { line: member, number, code } = open();
    for (const wire of ["party", "party2", "live"]) {
      expect(nameOf(join(code, "a", { line: line(wire) }).answer)).toBe("room_not_found");
      expect(rooms.find(code, wire)).toBeNull();
    }
    expect(rooms.find(code, "shared")).toBe(rooms.find(number, "shared"));
    expect(member.heard()).toEqual([]);
  });

  test("[R12][R47] rooms of other wires have no number to be found by", () => {
    const { create, enter } = stage();
    const { code } = create("tv");
    expect(nameOf(enter(code).answer)).toBe("room_not_found");
    for (const number of [0, 1, NEWEST]) expect(nameOf(enter(number).answer)).not.toBe("joined");
  });

  test("[R47] in a room one joins no other, and stays", () => {
    const { gather, open, enter, set } = stage();
    const { number, members } = gather();
    const other = open();
    for (const name of [number, other.number, NEWEST, 99]) {
      expect(nameOf(enter(name, members[1]).answer)).toBe("already_in_room");
    }
    expect(set(members[1], PLAYER)).toBeNull();
    expect(other.line.heard()).toEqual([]);
  });

  test("[R47] as many fit in as the server lets a room have", () => {
    const { open, enter, leave } = stage({ clientsPerRoomMax: 2 });
    const { line, number } = open();
    enter(number);
    expect(nameOf(enter(number).answer)).toBe("room_full");
    leave(line);
    expect(nameOf(enter(number).answer)).toBe("joined");
  });
});
