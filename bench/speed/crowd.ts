// Rooms full of people: one display and its phones, entered the way each contestant takes them in. When `gather` returns,
// everybody has heard everything about everybody, so that from there on only relayed messages arrive.

import { Line } from "../client/line.ts";
import type { ServerProcess } from "../serverProcess.ts";
import { inParallel, until } from "../wait.ts";
import type { Contestant } from "./contestants.ts";

const SETTLE_TIMEOUT_MS = 30_000;

export const DISPLAY = "display";

export interface CrowdPlan {
  readonly rooms: number;
  /** Display included. */
  readonly size: number;
  /** The control has to know at the door whether phones talk to the display alone. */
  readonly phonesTalkToDisplay?: boolean;
  readonly history?: number;
}

/** Of each room its lines, the display's first. */
export type Crowd = readonly (readonly Line[])[];

export async function gather(contestant: Contestant, server: ServerProcess, plan: CrowdPlan): Promise<Crowd> {
  const { rooms, size, history = 0 } = plan;
  const phoneTarget = plan.phonesTalkToDisplay ? DISPLAY : null;
  const faults: string[] = [];
  let joinedHeard = 0;
  const inside = (text: string) => {
    if (text.startsWith('{"type":"peer_joined"')) joinedHeard++;
    else faults.push(text.slice(0, 200));
  };
  const enter = async (room: string, id: string, to: string | null, code: string | null) => {
    // The control reads from the URL what the others are told.
    const query = contestant.joins ? "" : `/?room=${room}&id=${id}${to === null ? "" : `&to=${to}`}`;
    const line = await Line.open(server.url + query, id);
    line.onFault = (reason) => faults.push(reason);
    const rules = { maxClients: size, ...(history > 0 ? { history } : {}) };
    return { line, code: contestant.joins ? await enterRoom(line, code, rules, inside) : room };
  };

  const crowd: Line[][] = [];
  const codes: string[] = [];
  await inParallel(rooms, async (i) => {
    const { line, code } = await enter(`r${i}`, DISPLAY, null, null);
    crowd[i] = [line];
    codes[i] = code;
  });
  await inParallel(rooms * (size - 1), async (i) => {
    const code = codes[i % rooms] ?? "";
    const id = `p${String(Math.floor(i / rooms) + 1).padStart(4, "0")}`;
    crowd[i % rooms]?.push((await enter(code, id, phoneTarget, code)).line);
  });

  const heardInAll = contestant.joins ? (rooms * (size - 1) * size) / 2 : 0;
  await until(SETTLE_TIMEOUT_MS, () => faults.length > 0 || joinedHeard === heardInAll);
  if (joinedHeard !== heardInAll) faults.push(`${joinedHeard} of ${heardInAll} peer_joined were heard`);
  if (faults.length > 0) throw new Error(`while rooms filled: ${faults[0]}`);
  for (const line of crowd.flat()) line.onText = null;
  return crowd;
}

/**
 * Creates a room (`code` null) or joins one; resolves with its code. What comes after the answer, even in the same
 * packet, goes to `inside`.
 */
export function enterRoom(
  line: Line,
  code: string | null,
  rules: object,
  inside: (text: string) => void,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  line.onText = (text) => {
    const answer = JSON.parse(text) as { type: string; room?: string };
    line.onText = inside;
    if (answer.type === (code === null ? "created" : "joined") && answer.room !== undefined) resolve(answer.room);
    else reject(new Error(`${line.name} wanted in and heard ${text.slice(0, 200)}`));
  };
  if (code === null) line.say({ type: "create", clientId: line.name, ...rules });
  else line.say({ type: "join", clientId: line.name, room: code });
  return promise;
}
