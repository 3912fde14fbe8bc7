// What rooms have beside seats counts in how large the answer to a join may be [P13], as far as the one who joins would see it.
import { expect, test } from "bun:test";
import { encode } from "../../../src/dialects/party/encode.ts";
import type { Event } from "../../../src/protocol/events.ts";
import { type Answer, core, nameOf } from "../../support/core.ts";
import { NotebookLine } from "../../support/notebook.ts";

const LONG = "漢".repeat(64);
const asked = { type: "join", ref: undefined };

function stage(hostGone: "stay" | "migrate" = "stay") {
  const it = core();
  const rules = { awayMs: 60_000, historyMax: 16, hostGone, names: "unique" } as const;
  const { line: tv, code } = it.create("tv", { rules, maxClients: 20 });
  for (let n = 0; n < 6; n++) {
    it.join(code, `p${n}`, { name: LONG });
    it.ask(tv, { kind: "setPrivate", clientId: `p${n}`, body: `"${"x".repeat(4_000)}"` });
  }
  it.join(code, "bea", { name: "Bea" });
  for (let n = 0; n < 8; n++)
    it.ask(tv, { kind: "timerSet", timer: `${n}${LONG.slice(0, 31)}`, ms: 60_000, label: LONG, pauses: false });
  // Whoever is lost now has settled [R52].
  it.clock.advance(5_000);
  const come = (clientId: string, frameBytesMax?: number, name: string | null = null): Answer => {
    const base = { clientId, name, secret: null, tick: false };
    const guest = frameBytesMax === undefined ? base : { ...base, frameBytesMax };
    return it.ask(new NotebookLine(), { kind: "join", guest, code, since: null });
  };
  return { ...it, tv, code, come };
}

function bytesOf(answer: Answer): number {
  if (answer?.kind !== "joined") throw new Error(`it did not get in: ${JSON.stringify(answer)}`);
  return Buffer.byteLength(encode(answer as Event, asked) ?? "");
}

/** The bytes that one is told who takes anything, and what becomes of it with a client that takes so many, fewer, and far fewer. */
function tried(clientId: string, name: string | null = null, hostGone: "stay" | "migrate" = "stay") {
  const fresh = () => {
    const it = stage(hostGone);
    it.relay.gone(it.tv, "lost");
    return it;
  };
  const bytes = bytesOf(fresh().come(clientId, undefined, name));
  const within = (frameBytesMax: number) => nameOf(fresh().come(clientId, frameBytesMax, name));
  return { bytes, answers: [within(bytes + 300), within(bytes - 1), within(bytes - 1_000)] };
}

const EXACT = ["joined", "max_frame_too_small", "max_frame_too_small"];

test("[P13][C32] what the host sees counts for the host that comes back", () => {
  const { bytes, answers } = tried("tv");
  expect(bytes).toBeGreaterThan(6 * 4_000);
  expect(answers).toEqual(EXACT);
});

test("[P13][C32] and for nobody that will not be host: it needs no larger frame for what it does not see", () => {
  const { bytes, answers } = tried("new");
  expect(bytes).toBeLessThan(4_000 + 8 * 1_000);
  expect(answers).toEqual(EXACT);
});

test("[P13][C32] what only one sees counts for that one", () => {
  const { bytes, answers } = tried("p1");
  expect(bytes).toBeGreaterThan(4_000);
  expect(answers).toEqual(EXACT);
});

test("[P13][C36] so does the number that a name may get", () => {
  expect(tried("new", LONG).answers).toEqual(EXACT);
  expect(tried("new", "Bea").answers).toEqual(EXACT);
  expect(tried("new", "Cy").answers).toEqual(EXACT);
});

test("[P13] no look at lengths says that it fits where it does not", () => {
  const { rooms, code, come } = stage();
  const crowd = rooms.at(code)?.crowd();
  if (crowd === undefined) throw new Error("there is no room");
  const answer = come("tv");
  if (answer?.kind !== "joined") throw new Error("it did not get in");
  const { crowd: _, ...picture } = answer.picture;
  const most = bytesOf(answer) - bytesOf({ ...answer, picture });
  expect(most).toBeGreaterThan(6 * 4_000 + 8 * 350);
  expect(crowd.charsAtMost * 3).toBeGreaterThanOrEqual(most);
  crowd.privates?.clear();
  const ofTimers = bytesOf({ ...answer, picture: { ...picture, crowd: crowd.picture("tv", true) } });
  expect(crowd.charsAtMost * 3).toBeGreaterThanOrEqual(ofTimers - bytesOf({ ...answer, picture }));
});
