// What lines leave unread, added up: who is closed when it is too much together. Alone, without a socket.
import { expect, test } from "bun:test";
import { UnreadTotals } from "../../src/limits/unread.ts";

const MiB = 1024 * 1024;
interface Line {
  readonly name: string;
  readonly address: string;
  isOpen: boolean;
}

function stage(unsentPerAddressMiB: number, unsentMiB: number, memoryMiB = 1e6) {
  const totals = new UnreadTotals<Line>({ unsentPerAddressMiB, unsentMiB }, memoryMiB * MiB);
  const line = (name: string, address = "192.0.2.1"): Line => ({ name, address, isOpen: true });
  const sweep = (...found: readonly [Line, number][]) => {
    for (const [one, mib] of found) totals.note(one, mib * MiB);
    return totals.finish().map(({ name }) => name);
  };
  return { totals, line, sweep };
}

test("[L23] past what an address may leave unread those of its lines with most go first, until it is no more", () => {
  const { line, sweep } = stage(10, 1_000);
  const [a, b, c, d] = [line("a"), line("b"), line("c"), line("d", "192.0.2.2")];
  expect(sweep([a, 3], [b, 5], [c, 2], [d, 10])).toEqual([]);
  expect(sweep([a, 3], [b, 6], [c, 5], [d, 10])).toEqual(["b"]);
  expect(sweep([a, 6], [b, 7], [c, 8], [d, 10])).toEqual(["c", "b"]);
});

test("[L23] past what the server may have unread those with most go first, whoever they are", () => {
  const { totals, line, sweep } = stage(10, 20);
  const lines = ["a", "b", "c", "d"].map((name, n) => line(name, `192.0.2.${n}`));
  const [a, b, c, d] = lines as [Line, Line, Line, Line];
  expect(sweep([a, 5], [b, 5], [c, 5], [d, 5])).toEqual([]);
  expect(sweep([a, 5], [b, 6], [c, 7], [d, 8])).toEqual(["d"]);
  expect(totals.total).toBe(26 * MiB);
  expect(sweep()).toEqual([]);
  expect(totals.total).toBe(0);
});

test("[L23] the server has at most an eighth of the machine's memory for it", () => {
  const { line, sweep } = stage(100, 1_000, 80);
  expect(sweep([line("a"), 4], [line("b"), 6])).toEqual([]);
  expect(sweep([line("a"), 5], [line("b"), 6])).toEqual(["b"]);
});

test("[L23] a line that has closed meanwhile is not closed again, and small change is nobody's", () => {
  const { line, sweep } = stage(1, 1_000);
  const [gone, here] = [line("gone"), line("here")];
  gone.isOpen = false;
  expect(sweep([gone, 3], [here, 2])).toEqual(["here"]);
  expect(sweep(...Array.from({ length: 100 }, (_, n): [Line, number] => [line(`${n}`), 0.05]))).toEqual([]);
});
