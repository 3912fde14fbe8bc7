// What rooms may hand out, alone: rings within rings, taken ahead of time and waited for afterwards.
import { describe, expect, test } from "bun:test";
import { networkAround } from "../../src/limits/address.ts";
import { Outgoing, type RoomBudget } from "../../src/limits/outgoing.ts";

const NOW = 1_800_000_000_000;
const ANN = "192.0.2.1";
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
  test("hands out four seconds' worth at once; what is beyond is waited for as long as it takes to come in", () => {
    const room = new Outgoing(limits(1_000)).ofRoom(ANN, 8, NOW);
    hand(room, 4_000);
    expect(room.waitMs(NOW)).toBe(0);
    hand(room, 500);
    expect(room.waitMs(NOW)).toBe(500);
    expect(room.waitMs(NOW + 499)).toBe(1);
    expect(room.waitMs(NOW + 500)).toBe(0);
  });

  test("for more than 32 members has the more", () => {
    const outgoing = new Outgoing(limits(1_000));
    const [small, large] = [outgoing.ofRoom(ANN, 32, NOW), outgoing.ofRoom(ANN, 96, NOW)];
    for (const room of [small, large]) hand(room, 12_000);
    expect([small.waitMs(NOW), large.waitMs(NOW)]).toEqual([8_000, 0]);
  });

  test("in debt holds up no other room of its address, until the address is", () => {
    const outgoing = new Outgoing(limits(1_000, 2_000));
    const [one, other] = [outgoing.ofRoom(ANN, 8, NOW), outgoing.ofRoom(ANN, 8, NOW)];
    hand(one, 5_000);
    expect([one.waitMs(NOW), other.waitMs(NOW)]).toEqual([1_000, 0]);
    hand(one, 4_000);
    expect(other.waitMs(NOW)).toBe(500);
  });
});

describe("[L26] a network", () => {
  test("hands out what eight addresses may, whoever of it opened the rooms", () => {
    const outgoing = new Outgoing(limits(1e9, 1_000));
    const rooms = Array.from({ length: 9 }, (_, n) => outgoing.ofRoom(`192.0.2.${n + 1}`, 8, NOW));
    for (const room of rooms.slice(0, 8)) hand(room, 4_000);
    expect(rooms[8]?.waitMs(NOW)).toBe(0);
    hand(rooms[0], 8_000);
    expect(rooms[8]?.waitMs(NOW)).toBe(1_000);
    expect(outgoing.ofRoom("192.0.3.1", 8, NOW).waitMs(NOW)).toBe(0);
  });

  test("is the /24 of an IPv4 address and the /48 of an IPv6 one", () => {
    expect(networkAround("192.0.2.17")).toBe("192.0.2.0/24");
    expect(networkAround("2001:db8:1:2::/64")).toBe("2001:db8:1::/48");
    expect(networkAround("unknown")).toBe("unknown");
  });
});

describe("[L26] what an address has taken", () => {
  test("stays taken when its rooms have ended: opening another one pays nothing off", () => {
    const outgoing = new Outgoing(limits(1e9, 1_000));
    hand(outgoing.ofRoom(ANN, 8, NOW), 6_000);
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
