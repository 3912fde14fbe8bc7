// How often seats may be taken, alone: each line and each room by itself.
import { expect, test } from "bun:test";
import { type JoinedRoom, type JoiningLine, Joins } from "../../src/limits/joins.ts";

const NOW = 1_800_000_000_000;

const newLine = (): JoiningLine => ({ joins: null });
const newRoom = (maxClients: number): JoinedRoom => ({ maxClients, joins: null });

function stage(maxClients = 4) {
  const joins = new Joins({ joinsPerSecond: 2, roomJoinsPerSecond: 20 });
  return { joins, room: newRoom(maxClients), line: newLine() };
}

test("[L22] a line takes ten seats at once, and then one every half second, in whatever rooms", () => {
  const { joins, line } = stage();
  for (let n = 0; n < 10; n++) expect(joins.takeOfLine(line, NOW)).toBe(0);
  expect([joins.takeOfLine(line, NOW), joins.takeOfLine(line, NOW)]).toEqual([500, 1_000]);
  expect(joins.takeOfLine(newLine(), NOW)).toBe(0);
  expect(joins.takeOfLine(line, NOW + 1_500)).toBe(0);
});

test("[L22] a room takes in as many as it has seats at once, twenty at least, and then twenty a second; nobody takes ahead of time", () => {
  const { joins, room } = stage(100);
  for (let n = 0; n < 100; n++) expect(joins.tryRoom(room, NOW)).toBe(true);
  for (let n = 0; n < 50; n++) expect(joins.tryRoom(room, NOW)).toBe(false);
  expect(joins.roomWaitMs(room, NOW)).toBe(50);
  expect([joins.tryRoom(room, NOW + 50), joins.tryRoom(room, NOW + 50)]).toEqual([true, false]);
  joins.giveBack(room, NOW + 50);
  expect(joins.tryRoom(room, NOW + 50)).toBe(true);
  const small = newRoom(4);
  for (let n = 0; n < 20; n++) expect(joins.tryRoom(small, NOW)).toBe(true);
  expect(joins.tryRoom(small, NOW)).toBe(false);
});
