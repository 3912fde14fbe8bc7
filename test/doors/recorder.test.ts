// The recorder's ring by itself: what it holds, what it gives, what goes over its end. What is written where stands in recorded.test.ts.
import { describe, expect, test } from "bun:test";
import { Recorder } from "../../src/doors/recorder.ts";
import { codeDrawer, packed, unpacked } from "../../src/rooms/codes.ts";
import type { RoomFace } from "../../src/rooms/ports.ts";
import { ManualClock } from "../support/clock.ts";
import { core } from "../support/core.ts";
import { range } from "../support/stage.ts";

const WIRES = ["party", "party2", "sessionserver", "live"];

function stage(size: number) {
  const clock = new ManualClock();
  const recorder = new Recorder(size, clock, WIRES, () => clock.now());
  const { rooms, create } = core();
  const open = (): RoomFace => {
    const room = rooms.at(create(`host-${rooms.size}`).code);
    if (room === null) throw new Error("no room was opened");
    return room;
  };
  const idsAfter = (since: number | null, max = 200) => recorder.after(since, max).events.map(({ id }) => id);
  return { clock, recorder, open, idsAfter };
}

const STRANGER = { wire: "party", seat: null, closedAs: null };

describe("the ring", () => {
  test("[M10] gives what came after an id, oldest first, and what to say next", () => {
    const { recorder, open, idsAfter } = stage(8);
    const room = open();
    expect(recorder.after(null, 200)).toEqual({ events: [], next: 0, missed: 0 });
    expect(recorder.after(0, 200)).toEqual({ events: [], next: 0, missed: 0 });
    for (const index of range(0, 5)) recorder.takenOver(room, index);
    expect(idsAfter(null)).toEqual([1, 2, 3, 4, 5]);
    expect(recorder.after(2, 200).events.map(({ id, seat }) => [id, seat])).toEqual([
      [3, 2],
      [4, 3],
      [5, 4],
    ]);
    expect(recorder.after(2, 2)).toMatchObject({ events: [{ id: 3 }, { id: 4 }], next: 4, missed: 0 });
    expect(recorder.after(4, 2)).toMatchObject({ events: [{ id: 5 }], next: 5, missed: 0 });
    expect(recorder.after(5, 2)).toEqual({ events: [], next: 5, missed: 0 });
    // Without an id the newest.
    expect(idsAfter(null, 2)).toEqual([4, 5]);
  });

  test("[M8][M10] holds the last so many; what went over its end is counted as missed", () => {
    const { recorder, open, idsAfter } = stage(8);
    const room = open();
    for (const index of range(0, 20)) recorder.takenOver(room, index);
    expect(idsAfter(null)).toEqual(range(13, 21));
    expect(recorder.after(0, 200)).toMatchObject({ next: 20, missed: 12 });
    expect(recorder.after(11, 200)).toMatchObject({ next: 20, missed: 1 });
    expect(recorder.after(12, 200)).toMatchObject({ next: 20, missed: 0 });
    expect(recorder.after(3, 2)).toMatchObject({ events: [{ id: 13 }, { id: 14 }], next: 14, missed: 9 });
    expect(recorder.after(13, 200).events.map(({ seat }) => seat)).toEqual(range(13, 20));
  });

  test("[M10] an id that was never given is another server's: all has come since", () => {
    const { recorder, open } = stage(8);
    const room = open();
    for (const index of range(0, 3)) recorder.takenOver(room, index);
    expect(recorder.after(4_711, 200)).toMatchObject({ events: [{ id: 1 }, { id: 2 }, { id: 3 }], next: 3, missed: 0 });
    expect(recorder.of(room.code, 4_711, 200)).toHaveLength(3);
    for (const index of range(0, 20)) recorder.takenOver(room, index);
    expect(recorder.after(4_711, 200)).toMatchObject({ next: 23, missed: 15 });
  });

  test("[M11] gives what is held of one room: the newest, oldest first", () => {
    const { recorder, open } = stage(16);
    const [one, other] = [open(), open()];
    for (const index of range(0, 10)) recorder.takenOver(index % 2 === 0 ? one : other, index);
    expect(recorder.of(one.code, 0, 200).map(({ seat }) => seat)).toEqual([0, 2, 4, 6, 8]);
    expect(recorder.of(other.code, 0, 2).map(({ seat }) => seat)).toEqual([7, 9]);
    expect(recorder.of(other.code, 6, 200).map(({ seat }) => seat)).toEqual([7, 9]);
    for (const nobodys of ["", "ZZZZ", "0", "far too long to be a code", "ГХБ"]) {
      expect(recorder.of(nobodys, 0, 200)).toEqual([]);
    }
  });

  test("[M8] off, it holds nothing and gives nothing", () => {
    const { recorder, open } = stage(0);
    const room = open();
    recorder.takenOver(room, 1);
    recorder.refused(STRANGER, "room_full", room);
    recorder.fault(null);
    expect(recorder.isOn).toBe(false);
    for (const since of [null, 0, 3]) expect(recorder.after(since, 200)).toEqual({ events: [], next: 0, missed: 0 });
    expect(recorder.of(room.code, 0, 200)).toEqual([]);
  });

  test("[M9] what strangers can cause without end takes an eighth of it at once, and then fills it in no less than 512 s", () => {
    const { recorder, open, clock } = stage(1_024);
    const room = open();
    const flood = () => {
      for (const n of range(0, 3_000)) {
        if (n % 3 === 0) recorder.refused(STRANGER, "room_not_found", null);
        else if (n % 3 === 1) recorder.paused(STRANGER, "messages");
        else recorder.closed({ ...STRANGER, closedAs: "saidNothing" }, 4103);
      }
    };
    recorder.takenOver(room, 1);
    flood();
    expect(recorder.last).toBe(1 + 128);
    clock.advance(1_000);
    flood();
    expect(recorder.last).toBe(1 + 128 + 2);
    // What happens in rooms is recorded all the same.
    recorder.takenOver(room, 2);
    expect(recorder.of(room.code, 0, 200).map(({ seat }) => seat)).toEqual([1, 2]);
  });

  test("[M9] of lines in no room only those are recorded that the server closed for a reason of their own", () => {
    const { recorder } = stage(64);
    const closed = (closedAs: Parameters<typeof recorder.closed>[0]["closedAs"], code: number) =>
      recorder.closed({ ...STRANGER, closedAs }, code);
    closed(null, 1006);
    closed("replaced", 4000);
    closed("roomClosed", 4001);
    closed("kicked", 4002);
    expect(recorder.last).toBe(0);
    closed("tooFast", 4101);
    closed("tooSlow", 4102);
    closed("saidNothing", 4103);
    expect(recorder.after(0, 9).events.map(({ kind, code, what, room }) => [kind, code, what, room])).toEqual([
      ["flooded", 4101, "too fast", null],
      ["unread", 4102, "too slow a reader", null],
      ["closed", 4103, "said nothing", null],
    ]);
  });
});

describe("a code as a number", () => {
  test("[M8] is the code again, of whichever wire and length", () => {
    for (const length of range(4, 9)) {
      for (const alphabet of [undefined, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"]) {
        const draw = codeDrawer(length, alphabet);
        for (const _ of range(0, 200)) {
          const code = draw();
          expect(Number.isSafeInteger(packed(code))).toBe(true);
          expect(unpacked(packed(code))).toBe(code);
        }
      }
    }
    for (const code of ["1", "11", "1111", "zzzzzzzz", "A"]) expect(unpacked(packed(code))).toBe(code);
  });

  test("[M8] is 0 where it is none", () => {
    for (const none of ["", "0", "GXH0", "a b", "GX-HB", "l", "ё", "zzzzzzzzz"]) expect(packed(none)).toBe(0);
    expect(unpacked(0)).toBe("");
  });
});
