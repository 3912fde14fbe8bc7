// Rooms full of people: one display and its phones, entered the way each contestant takes them in. When `gather` returns,
// everybody has heard everything about everybody, so that from there on only relayed messages arrive.

import { type Contestant, pathFor } from "./contestants.ts";
import { Peer } from "./peer.ts";

const ENTERING_AT_ONCE = 50;
const SETTLE_TIMEOUT_MS = 30_000;

export const DISPLAY = "display";

export interface Party {
  display: Peer;
  phones: Peer[];
}

export interface CrowdPlan {
  rooms: number;
  /** Display included. */
  size: number;
  /** The control has to know at the door whether phones talk to the display alone. */
  phonesTalkToDisplay: boolean;
}

export class Crowd {
  constructor(readonly parties: Party[]) {}

  *peers(): Generator<Peer> {
    for (const party of this.parties) {
      yield party.display;
      yield* party.phones;
    }
  }

  drop(): void {
    for (const peer of this.peers()) peer.drop();
  }
}

export async function gather(contestant: Contestant, port: number, plan: CrowdPlan): Promise<Crowd> {
  const faults: string[] = [];
  let joinedHeard = 0;
  const phoneTarget = plan.phonesTalkToDisplay ? DISPLAY : null;

  const enter = async (room: string, id: string, to: string | null): Promise<[Peer, string]> => {
    const peer = await Peer.open(id, port, pathFor(contestant, room, id, to));
    peer.onFault = (reason) => faults.push(reason);
    const inside = (text: string) => {
      if (text.startsWith('{"type":"peer_joined"')) joinedHeard++;
      else faults.push(`${id} heard ${text.slice(0, 200)}`);
    };
    return [peer, contestant.joins ? await enterRoom(peer, id === DISPLAY ? null : room, plan.size, inside) : room];
  };

  const parties: Party[] = [];
  const codes: string[] = [];
  await inParallel(plan.rooms, async (i) => {
    const [display, code] = await enter(`r${i}`, DISPLAY, null);
    parties[i] = { display, phones: [] };
    codes[i] = code;
  });
  const phonesARoom = plan.size - 1;
  await inParallel(plan.rooms * phonesARoom, async (i) => {
    const room = i % plan.rooms;
    const number = Math.floor(i / plan.rooms) + 1;
    const [phone] = await enter(codes[room] ?? "", `p${String(number).padStart(4, "0")}`, phoneTarget);
    parties[room]?.phones.push(phone);
  });

  const heardInAll = contestant.joins ? (plan.rooms * phonesARoom * plan.size) / 2 : 0;
  await until(SETTLE_TIMEOUT_MS, () => faults.length > 0 || joinedHeard === heardInAll);
  if (faults.length > 0) throw new Error(`${contestant.name}: ${faults[0]}`);
  if (joinedHeard !== heardInAll) {
    throw new Error(`${contestant.name}: ${joinedHeard} of ${heardInAll} peer_joined were heard while rooms filled`);
  }
  const crowd = new Crowd(parties);
  for (const peer of crowd.peers()) peer.onText = null;
  return crowd;
}

/**
 * Creates a room (`code` null) or joins one; resolves with its code. What comes after the answer, even in the same
 * packet, goes to `inside`.
 */
export function enterRoom(
  peer: Peer,
  code: string | null,
  maxClients: number,
  inside: (text: string) => void,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  peer.onText = (text) => {
    const answer = JSON.parse(text) as { type: string; room?: string };
    const expected = code === null ? "created" : "joined";
    peer.onText = inside;
    if (answer.type === expected && answer.room !== undefined) resolve(answer.room);
    else reject(new Error(`${peer.id} wanted ${expected} and heard ${text.slice(0, 200)}`));
  };
  if (code === null) peer.say({ type: "create", clientId: peer.id, maxClients });
  else peer.say({ type: "join", clientId: peer.id, room: code });
  return promise;
}

/** Runs `count` tasks, at most fifty at a time: a burst of a thousand connects would measure the accept queue. */
export async function inParallel(count: number, task: (index: number) => Promise<void>, lanes = ENTERING_AT_ONCE) {
  let next = 0;
  const lane = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
}

/** Polls, since what is waited for happens in many places. Gives up silently: the caller knows what is missing. */
export async function until(timeoutMs: number, done: () => boolean): Promise<void> {
  const POLL_MS = 5;
  const deadline = performance.now() + timeoutMs;
  while (!done() && performance.now() < deadline) await Bun.sleep(POLL_MS);
}
