// What a node answers for another one by HTTP: probes and operators' calls about a room that lives elsewhere, and what is said where nobody can be
// asked [N11].
import { describe, expect, test } from "bun:test";
import { ANSWER_MS_MAX, Asking } from "../../src/cluster/asking.ts";
import type { Frame } from "../../src/cluster/ports.ts";
import type { Question, Reply } from "../../src/doors/elsewhere.ts";
import { Api } from "../support/api.ts";
import { ManualClock } from "../support/clock.ts";
import { create, until } from "../support/far.ts";
import { nodeStages, type TestNode } from "../support/nodes.ts";

const stage = nodeStages();

const QUESTION: Question = { method: "GET", path: "/room/ABCD", headers: [], body: "", address: "1.2.3.4", peer: "" };
const REPLY: Reply = { status: 200, headers: [["vary", "accept"]], body: "{}" };

/** One node's side, with what it says kept. */
function asking(answer: (question: Question, hold: (ms: number) => void) => Promise<Reply> = async () => REPLY) {
  const said: { readonly to: string; readonly frame: Frame }[] = [];
  const way = { isThere: true, isFull: false };
  const carrier = {
    say(to: string, frame: Frame) {
      if (way.isThere) said.push({ to, frame });
      return way.isThere;
    },
    isFull: () => way.isFull,
    isJammed: () => false,
    nodes: () => [],
  };
  const clock = new ManualClock();
  return { said, way, clock, asking: new Asking({ carrier, clock, answer }) };
}

const answerOf = (line: number, reply: Reply): Frame => ({ op: "answer", line, arg: "", text: JSON.stringify(reply) });

describe("[N11] a question to another node", () => {
  test("has the answer to it, whichever comes first", async () => {
    const { asking: node, said } = asking();
    const [one, two] = [node.ask("a", QUESTION, () => {}), node.ask("b", QUESTION, () => {})];
    expect(said.map(({ to, frame }) => [to, frame.op, frame.line])).toEqual([
      ["a", "ask", 1],
      ["b", "ask", 2],
    ]);
    // Another node's word for it is none.
    node.heard("a", answerOf(2, { ...REPLY, status: 500 }));
    node.heard("b", answerOf(2, { ...REPLY, status: 202 }));
    node.heard("a", answerOf(1, { ...REPLY, status: 201 }));
    expect([(await one)?.status, (await two)?.status, node.size]).toEqual([201, 202, 0]);
  });

  test("is given up after 5 s, or so long after it was told to wait", async () => {
    const { asking: node, clock } = asking();
    const holds: number[] = [];
    const silent = node.ask("a", QUESTION, () => {});
    const slow = node.ask("a", QUESTION, (ms) => holds.push(ms));
    node.heard("a", { op: "answer", line: 2, arg: "hold", text: "60000" });
    clock.advance(ANSWER_MS_MAX);
    expect(await silent).toBeNull();
    clock.advance(60_000 - 1);
    expect([node.size, holds]).toEqual([1, [60_000]]);
    clock.advance(1);
    expect([await slow, node.size]).toEqual([null, 0]);
    node.heard("a", answerOf(2, REPLY));
  });

  test("ends with the link, and is not put where there is none or where it is full", async () => {
    const { asking: node, way, said } = asking();
    const [one, other] = [node.ask("a", QUESTION, () => {}), node.ask("b", QUESTION, () => {})];
    node.broken("a");
    expect([await one, node.size]).toEqual([null, 1]);
    node.broken("b");
    expect(await other).toBeNull();
    way.isFull = true;
    expect(await node.ask("a", QUESTION, () => {})).toBeNull();
    Object.assign(way, { isFull: false, isThere: false });
    expect([await node.ask("a", QUESTION, () => {}), node.size, said.length]).toEqual([null, 0, 2]);
  });

  test("is answered with what it was asked with, and told to wait where that takes long", async () => {
    const asked: Question[] = [];
    const {
      asking: node,
      said,
      way,
      clock,
    } = asking(async (question, hold) => {
      asked.push(question);
      hold(7_000);
      return REPLY;
    });
    node.heard("b", { op: "ask", line: 9, arg: "", text: JSON.stringify(QUESTION) });
    await new Promise(setImmediate);
    expect(asked).toEqual([QUESTION]);
    expect(said).toEqual([
      { to: "b", frame: { op: "answer", line: 9, arg: "hold", text: "7000" } },
      { to: "b", frame: answerOf(9, REPLY) },
    ]);
    way.isFull = true;
    node.heard("b", { op: "ask", line: 10, arg: "", text: JSON.stringify(QUESTION) });
    await new Promise(setImmediate);
    expect(said.at(-1)?.frame.arg).toBe("hold");
    way.isFull = false;
    clock.advance(50);
    await new Promise(setImmediate);
    expect(said.at(-1)?.frame).toEqual(answerOf(10, REPLY));
    way.isFull = true;
    node.heard("b", { op: "ask", line: 11, arg: "", text: JSON.stringify(QUESTION) });
    for (let ms = 0; ms <= ANSWER_MS_MAX; ms += 500) {
      await new Promise(setImmediate);
      clock.advance(500);
    }
    way.isFull = false;
    await new Promise(setImmediate);
    clock.advance(500);
    await new Promise(setImmediate);
    // Who asked has given it up.
    expect(said.at(-1)?.frame).toMatchObject({ line: 11, arg: "hold" });
  });
});

async function probe(node: TestNode, code: string, path = "/room"): Promise<[number, unknown, string | null]> {
  const answer = await fetch(`${node.http}${path}/${code}`);
  return [answer.status, await answer.json(), answer.headers.get("access-control-allow-origin")];
}

describe("[N11][H4] a probe", () => {
  test("tells of a room that another node has, as that one would, however its code is typed", async () => {
    const { at } = stage(2);
    const { room } = await create(at(0));
    const there = await probe(at(0), room);
    expect(there).toMatchObject([200, { clients: 1, maxClients: 16, locked: false }, "*"]);
    expect(await probe(at(1), room)).toEqual(there);
    expect(await probe(at(1), room.toLowerCase())).toEqual(there);
  });

  test("of it is no wrong guess, on no node", async () => {
    const { at } = stage(3);
    const { room } = await create(at(0));
    for (let n = 0; n < 12; n++) expect((await probe(at(1 + (n % 2)), room))[0]).toBe(200);
    for (const node of [at(0), at(1), at(2)]) expect(node.doors.guesses.isCrowded("127.0.0.1")).toBe(false);
  });

  test("of a code that nobody has is a wrong guess, and so is one of another wire's room", async () => {
    const { at } = stage(2);
    const { room } = await create(at(0));
    expect(await probe(at(1), "ZZZZ")).toEqual([404, { error: "Room not found" }, "*"]);
    expect((await probe(at(1), room, "/v2/room"))[0]).toBe(404);
    expect(at(1).doors.guesses.size).toBeGreaterThan(0);
    expect(at(0).doors.guesses.size).toBeGreaterThan(0);
  });

  test("is answered 503 where its room is and cannot be asked, or nobody knows, and is no guess then", async () => {
    const { at, codes, wires } = stage(2);
    const { room } = await create(at(0));
    const before = at(1).doors.guesses.size;
    codes.isAway = true;
    const unknown = await fetch(`${at(1).http}/room/${room}`);
    expect([unknown.status, unknown.headers.get("retry-after")]).toEqual([503, "2"]);
    codes.isAway = false;
    codes.dead.add("a");
    expect((await probe(at(1), room))[0]).toBe(503);
    codes.dead.clear();
    wires.cut("a", "b", "silent");
    expect((await probe(at(1), room))[0]).toBe(503);
    expect(at(1).doors.guesses.size).toBe(before);
  });
});

test("[N11] who asks a node that is lost meanwhile is told so at once", async () => {
  const { at, wires } = stage(2);
  const { room } = await create(at(0));
  wires.lag = () => 1_000;
  const answer = fetch(`${at(1).http}/room/${room}`);
  await until(() => wires.count("b", "ask") === 1);
  wires.cut("a", "b", "dead");
  expect((await answer).status).toBe(503);
});

describe("[N11][M7] an operator's call", () => {
  test("about a room is answered, and carried out, where it is", async () => {
    const { at } = stage(2);
    const { tv, room } = await create(at(0));
    const operator = await Api.admitted(at(1));
    const view = await operator.ask("GET", `/api/rooms/${room.toLowerCase()}?dialect=party`);
    expect(view).toMatchObject({ code: room, dialect: "party", here: 1 });
    const record = await operator.ask("GET", `/api/rooms/${room}/record`);
    expect((record.events as { kind: string }[]).map(({ kind }) => kind)).toEqual(["opened"]);
    await operator.ask("POST", `/api/rooms/${room}/lock`, { locked: true });
    expect(at(0).logged.join("")).toMatch(/"audit":"lock".*"address":"127.0.0.1"/);
    expect(at(1).logged.join("")).not.toMatch(/audit/);
    const again = await operator.send("POST", `/api/rooms/${room}/lock`, { locked: true });
    expect([again.status, again.text]).toEqual([409, '{"error":"Room is locked already"}']);
    await operator.ask("POST", `/api/rooms/${room}/close`, { reason: "enough" });
    expect(await tv.closed).toMatchObject({ code: 4001 });
  });

  test("without a token, or from a page that may not, asks nobody", async () => {
    const { at, wires } = stage(2, { ALLOWED_ORIGINS: "https://ours.example" });
    const { room } = await create(at(0));
    expect((await fetch(`${at(1).http}/api/rooms/${room}`)).status).toBe(401);
    const operator = await Api.admitted(at(1));
    const foreign = { origin: "https://theirs.example" };
    expect((await operator.send("POST", `/api/rooms/${room}/close`, {}, foreign)).status).toBe(403);
    expect((await operator.send("POST", `/api/rooms/${room}/close`, `"${"x".repeat(70_000)}"`)).status).toBe(413);
    expect(wires.count("b", "ask")).toBe(0);
    const ours = { origin: "https://ours.example" };
    expect((await operator.send("POST", `/api/rooms/${room}/lock`, { locked: 1 }, ours)).status).toBe(400);
    expect(wires.count("b", "ask")).toBe(1);
  });

  test("about a room that nobody can be asked about now is answered 503; of what no room has as its code 404", async () => {
    const { at, codes } = stage(2);
    const { room } = await create(at(0));
    const operator = await Api.admitted(at(1));
    codes.dead.add("a");
    expect((await operator.send("GET", `/api/rooms/${room}`)).status).toBe(503);
    expect((await operator.send("GET", "/api/rooms/ZZZZ")).status).toBe(404);
  });
});
