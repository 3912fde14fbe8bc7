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
  readonly size: number;
  /** The control has to know at the door whether phones talk to the display alone. */
  readonly phonesTalkToDisplay?: boolean;
  readonly history?: number;
  /** Whether each room comes from an address in a network of its own: default limits are for homes. */
  readonly isSpread?: boolean;
}

export type Crowd = readonly (readonly Line[])[];

export async function gather(contestant: Contestant, server: ServerProcess, plan: CrowdPlan): Promise<Crowd> {
  const { rooms, size, history, isSpread = false } = plan;
  const faults: string[] = [];
  let joinedHeard = 0;
  const inside = (text: string) => {
    if (text.startsWith('{"type":"peer_joined"')) joinedHeard++;
    else faults.push(text.slice(0, 200));
  };
  const crowd: Line[][] = [];
  const codes: (string | null)[] = [];
  const enter = async (i: number, id: string) => {
    // The control reads from the URL what the others are told.
    const to = plan.phonesTalkToDisplay && id !== DISPLAY ? `&to=${DISPLAY}` : "";
    const query = contestant.joins ? "" : `/?room=r${i}&id=${id}${to}`;
    const line = await Line.open(server.url + query, id, isSpread ? { from: homeOf(i) } : {});
    line.onFault = (reason) => faults.push(reason);
    const rules = { maxClients: size, history: history || undefined };
    if (contestant.joins) codes[i] = await enterRoom(line, codes[i] ?? null, rules, inside);
    crowd[i] = [...(crowd[i] ?? []), line];
  };
  await inParallel(rooms, (i) => enter(i, DISPLAY));
  await inParallel(rooms * (size - 1), (i) =>
    enter(i % rooms, `p${String(Math.floor(i / rooms) + 1).padStart(4, "0")}`),
  );

  const heardInAll = contestant.joins ? (rooms * (size - 1) * size) / 2 : 0;
  await until(SETTLE_TIMEOUT_MS, () => faults.length > 0 || joinedHeard === heardInAll);
  if (joinedHeard !== heardInAll) faults.push(`${joinedHeard} of ${heardInAll} peer_joined were heard`);
  if (faults.length > 0) throw new Error(`while rooms filled: ${faults[0]}`);
  for (const line of crowd.flat()) line.onText = null;
  return crowd;
}

/** An address of this machine in a /24 of its own. */
function homeOf(room: number): string {
  return `127.${1 + (room >> 8)}.${room & 255}.1`;
}

/** Creates a room (`code` null) or joins one; answers its code. What comes after, even in the same packet, goes to `inside`. */
export async function enterRoom(line: Line, code: string | null, rules: object, inside: (text: string) => void) {
  const request = code === null ? { type: "create", ...rules } : { type: "join", room: code };
  return (await enter(line, request, inside)).room;
}

/** What whoever enters is told, as far as anybody here asks. */
export interface Entered {
  readonly room: string;
  readonly seq?: number;
  readonly epoch?: string;
  readonly resumed?: boolean;
}

/** Creates a room or joins one, and answers what the line is told. What comes after, even in the same packet, goes to `inside`. */
export function enter(line: Line, request: { readonly type: string }, inside: (text: string) => void) {
  const { promise, resolve, reject } = Promise.withResolvers<Entered>();
  line.onText = (text) => {
    const answer = JSON.parse(text) as { type: string; room?: string };
    line.onText = inside;
    const { room } = answer;
    if (answer.type === (request.type === "create" ? "created" : "joined") && room !== undefined) {
      resolve({ ...answer, room });
    } else reject(new Error(`${line.name} wanted in and heard ${text.slice(0, 200)}`));
  };
  line.say({ clientId: line.name, ...request });
  return promise;
}
