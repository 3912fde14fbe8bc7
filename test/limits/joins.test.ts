// How often seats may be taken, alone: each line and each room by itself.
import { expect, test } from "bun:test";
import { Joins } from "../../src/limits/joins.ts";

const NOW = 1_800_000_000_000;

function stage(maxClients = 4) {
  const joins = new Joins({ joinsPerSecond: 2, roomJoinsPerSecond: 20 });
  return { joins, room: { maxClients }, line: {} };
}

test("[L22] a line takes ten seats at once, and then one every half second, in whatever rooms", () => {
  const { joins, line } = stage();
  for (let n = 0; n < 10; n++) expect(joins.take(line, { maxClients: 4 }, NOW)).toBe(0);
  expect(joins.take(line, { maxClients: 4 }, NOW)).toBe(500);
  expect(joins.take(line, { maxClients: 4 }, NOW)).toBe(1_000);
  expect(joins.take({}, { maxClients: 4 }, NOW)).toBe(0);
  expect(joins.take(line, { maxClients: 4 }, NOW + 1_500)).toBe(0);
});

test("[L22] a room takes as many as it has seats at once, twenty at least, and then twenty a second", () => {
  const { joins, room } = stage(100);
  for (let n = 0; n < 100; n++) expect(joins.take({}, room, NOW)).toBe(0);
  expect(joins.take({}, room, NOW)).toBe(50);
  const small = { maxClients: 4 };
  for (let n = 0; n < 20; n++) expect(joins.take({}, small, NOW)).toBe(0);
  expect(joins.take({}, small, NOW)).toBe(50);
});
