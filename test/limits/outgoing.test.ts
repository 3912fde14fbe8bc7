// What rooms may hand out, alone: rings within rings, taken ahead of time and waited for afterwards.
import { describe, expect, test } from "bun:test";
import { networkAround } from "../../src/limits/address.ts";
import { Outgoing, type RoomBudget } from "../../src/limits/outgoing.ts";

const NOW = 1_800_000_000_000;
const ANN = "192.0.2.1";
const MiB = 1024 * 1024;
const limits = (room: number, address = Number.POSITIVE_INFINITY) => {
  return { roomOutBytesPerSecond: room, addressOutBytesPerSecond: address };
};

/** So many bytes are handed out in the room; its rings hear of it when time is looked at. */
function hand(room: RoomBudget | undefined, bytes: number): void {
  if (room === undefined) throw new Error("there is no such room");
  room.left -= bytes;
  room.waitMs(NOW);
}

describe("[L26] a room", () => {
  test("hands out two seconds' worth at once; what is beyond is waited for as long as it takes to come in", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    hand(room, 2_000);
    expect(room.waitMs(NOW)).toBe(0);
    hand(room, 500);
    expect(room.waitMs(NOW)).toBe(500);
    expect(room.waitMs(NOW + 499)).toBe(1);
    expect(room.waitMs(NOW + 500)).toBe(0);
  });

  test("for more than 32 members has the more, and no more of it at once", () => {
    const outgoing = new Outgoing(limits(1_000));
    const [small, large] = [outgoing.ofRoom(ANN, 32, NOW), outgoing.ofRoom(ANN, 96, NOW)];
    for (const room of [small, large]) hand(room, 8_000);
    expect([small.waitMs(NOW), large.waitMs(NOW)]).toEqual([6_000, 2_000]);
  });

  test("[C9] that is watched has the more for those who watch too, from when they do until they go", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    hand(room, 8_000);
    expect(room.waitMs(NOW)).toBe(6_000);
    room.widen(96, NOW + 1_000);
    expect(room.waitMs(NOW + 1_000)).toBe(Math.ceil(5_000 / 3));
    room.widen(8, NOW + 2_000);
    expect(room.waitMs(NOW + 2_000)).toBe(2_000);
    expect([room.waitMs(NOW + 10_000), room.left]).toEqual([0, 2_000]);
  });

  test("need not be asked while it has handed out little; past 1 MiB its rings are told within the same moment", () => {
    const outgoing = new Outgoing(limits(8 * MiB, MiB));
    const [one, other] = [outgoing.ofRoom(ANN, 8, NOW), outgoing.ofRoom(ANN, 8, NOW)];
    one.left -= MiB;
    expect(one.left).toBeGreaterThanOrEqual(one.askAt);
    one.left -= 1;
    expect(one.left).toBeLessThan(one.askAt);
    one.waitMs(NOW);
    expect(other.waitMs(NOW)).toBe(1);
  });

  test("in debt holds up no other room of its address, until the address is", () => {
    const outgoing = new Outgoing(limits(1_000, 2_000));
    const [one, other] = [outgoing.ofRoom(ANN, 8, NOW), outgoing.ofRoom(ANN, 8, NOW)];
    hand(one, 2_000);
    expect([one.waitMs(NOW), other.waitMs(NOW)]).toEqual([0, 0]);
    hand(one, 1_000);
    expect([one.waitMs(NOW), other.waitMs(NOW)]).toEqual([1_000, 500]);
  });
});

describe("[L26] a network", () => {
  test("hands out what eight addresses may, whoever of it opened the rooms", () => {
    const outgoing = new Outgoing(limits(1e9, 1_000));
    const rooms = Array.from({ length: 9 }, (_, n) => outgoing.ofRoom(`192.0.2.${n + 1}`, 8, NOW));
    for (const room of rooms.slice(0, 8)) hand(room, 1_000);
    expect(rooms[8]?.waitMs(NOW)).toBe(0);
    hand(rooms[0], 8_000);
    expect(rooms[8]?.waitMs(NOW)).toBe(1_000);
    expect(outgoing.ofRoom("192.0.3.1", 8, NOW).waitMs(NOW)).toBe(0);
  });

  test("is the /24 of an IPv4 address and the /48 of an IPv6 one", () => {
    expect(networkAround("192.0.2.17")).toBe("192.0.2.0/24");
    expect(networkAround("2001:db8:1:2::/64")).toBe("2001:db8:1::/48");
    expect(networkAround("unknown")).not.toBe("unknown");
  });
});

describe("[L26] what an address has taken", () => {
  test("stays taken when its rooms have ended: opening another one pays nothing off", () => {
    const outgoing = new Outgoing(limits(1e9, 1_000));
    hand(outgoing.ofRoom(ANN, 8, NOW), 3_000);
    outgoing.ended(ANN);
    outgoing.prune(NOW);
    expect(outgoing.ofRoom(ANN, 8, NOW).waitMs(NOW)).toBe(2_000);
  });

  test("is forgotten when it has rested and no room takes from it, and not before", () => {
    const outgoing = new Outgoing(limits(1e9, 1_000));
    hand(outgoing.ofRoom(ANN, 8, NOW), 4_000);
    outgoing.prune(NOW + 60_000);
    expect(outgoing.size).toBe(2);
    outgoing.ended(ANN);
    outgoing.prune(NOW + 60_000);
    expect(outgoing.size).toBe(0);
  });

  test("[L16] lifted is no end of it", () => {
    const room = new Outgoing(limits(Number.POSITIVE_INFINITY)).ofRoom(ANN, 8, NOW);
    hand(room, 1e15);
    expect(room.waitMs(NOW + 1)).toBe(0);
  });
});

describe("[L38] while something is owed", () => {
  const sender = () => ({});

  test("each sender has its part of what runs in: a second of it at once, then as it comes, and none of it ahead of time", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    hand(room, 60_000);
    const [loud, quiet] = [sender(), sender()];
    expect([room.takeShare(loud, 0.1, 80, NOW), room.takeShare(loud, 0.1, 21, NOW)]).toEqual([true, false]);
    expect(room.shareWaitMs(loud, 0.1, 80, NOW)).toBe(600);
    // What is more than a second of the share is saved up for.
    expect(room.shareWaitMs(loud, 0.1, 220, NOW)).toBe(2_000);
    for (let n = 0; n < 10; n++) expect(room.takeShare(quiet, 0.1, 10, NOW)).toBe(true);
    room.waitMs(NOW + 599);
    expect(room.takeShare(loud, 0.1, 80, NOW + 599)).toBe(false);
    room.waitMs(NOW + 600);
    expect(room.takeShare(loud, 0.1, 80, NOW + 600)).toBe(true);
  });

  test("what is more than a second of a share is had once it is saved up, and not while more than a burst is owed", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    hand(room, 3_000);
    const one = sender();
    expect(room.takeShare(one, 0.1, 250, NOW)).toBe(false);
    expect(room.shareWaitMs(one, 0.1, 250, NOW)).toBe(1_500);
    room.left -= 4_000;
    room.waitMs(NOW + 1_500);
    expect([room.takeShare(one, 0.1, 250, NOW + 1_500), room.shareWaitMs(one, 0.1, 250, NOW + 1_500)]).toEqual([
      false,
      50,
    ]);
    room.waitMs(NOW + 4_000);
    expect(room.takeShare(one, 0.1, 250, NOW + 4_000)).toBe(true);
  });

  test("a debt that all keep up does not grow: what they hand out is what runs in", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    hand(room, 100_000);
    const senders = Array.from({ length: 10 }, sender);
    let handed = 0;
    for (let ms = 0; ms <= 60_000; ms += 10) {
      room.waitMs(NOW + ms);
      for (const one of senders) {
        if (!room.takeShare(one, 0.1, 20, NOW + ms)) continue;
        room.left -= 20;
        handed += 20;
      }
    }
    // A second of it at once, and for each of the ten at most one message ahead of time.
    expect(handed).toBeGreaterThan(59_000);
    expect(handed).toBeLessThanOrEqual(61_000 + 10 * 20);
  });

  test("by an address, its rooms have equal parts, and so have those of a network", () => {
    const outgoing = new Outgoing(limits(1e9, 1_000));
    const rooms = Array.from({ length: 4 }, () => outgoing.ofRoom(ANN, 8, NOW));
    hand(rooms[0], 2_000);
    const [, other] = rooms;
    expect(other?.waitMs(NOW)).toBe(1_000);
    const one = sender();
    // Half of a quarter of 1,000 bytes a second.
    expect([other?.takeShare(one, 0.5, 126, NOW), other?.takeShare(one, 0.5, 125, NOW)]).toEqual([false, true]);
    expect(other?.shareWaitMs(one, 0.5, 125, NOW)).toBe(1_000);
  });

  test("[C9] who had more handed out than it asked for waits for that too, and nobody else does", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    const [host, member] = [sender(), sender()];
    // Nothing is owed: the room's own pays for it.
    room.chargeShare(host, 10_000);
    expect(room.waitMs(NOW)).toBe(0);
    hand(room, 60_000);
    expect(room.takeShare(host, 0.5, 500, NOW)).toBe(true);
    room.chargeShare(host, 1_000);
    expect([room.shareWaitMs(host, 0.5, 10, NOW), room.takeShare(host, 0.5, 10, NOW)]).toEqual([2_020, false]);
    expect(room.takeShare(member, 0.1, 10, NOW)).toBe(true);
    // Nor does one that has asked for nothing yet go free.
    const heir = sender();
    room.chargeShare(heir, 1_000);
    expect(room.shareWaitMs(heir, 0.5, 10, NOW)).toBe(2_020);
  });

  test("is over, and the next debt begins anew", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    const one = sender();
    hand(room, 3_000);
    expect(room.takeShare(one, 0.1, 100, NOW)).toBe(true);
    expect(room.waitMs(NOW + 1_000)).toBe(0);
    hand(room, 10_000);
    expect(room.shareWaitMs(one, 0.1, 100, NOW)).toBe(0);
  });
});

test("[L27] addresses whose rooms have ended are remembered up to a cap", () => {
  const outgoing = new Outgoing(limits(1_000, 1_000), 100);
  for (let n = 0; n < 1_000; n++) {
    const address = `10.0.${n >> 8}.${n & 255}`;
    hand(outgoing.ofRoom(address, 8, NOW), 5_000);
    outgoing.ended(address);
  }
  expect(outgoing.size).toBe(100);
});

test("[L26] an address that nobody knows is an address and a network, and both are given back", () => {
  const outgoing = new Outgoing(limits(1_000, 1_000));
  outgoing.ofRoom("unknown", 8, NOW);
  expect(outgoing.size).toBe(2);
  outgoing.ended("unknown");
  outgoing.prune(NOW);
  expect(outgoing.size).toBe(0);
});
