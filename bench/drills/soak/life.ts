// What happens in a house full of games, besides talk: members leave and others come, lines are lost in tunnels, sessions are held
// with games and votes, some phones stop reading for a while, and one loud room tells more than its sleepy guests can hold.

import type { ServerProcess } from "../../serverProcess.ts";
import { Member } from "../member.ts";
import type { Scene } from "../scene.ts";

export const SIZE = 8;
const TALK_PER_SECOND = 2;
const SESSION_ROOMS = 20;
const SLEEPY_ROOMS = 20;
const LOUD_PER_SECOND = 20;
const LOUD_CHARS = 32 * 1024;
/** Each second. */
const LEAVE = 3;
const TUNNELS = 5;
const TUNNEL_MS_MAX = 25_000;
const SLEEP_MS_MAX = 20_000;
/** So often the guests of the loud room stop reading, and so long: more than the kernel and MAX_UNSENT_BYTES take for them. */
const LOUD_LULL_SECONDS = 45;
const LOUD_LULL_MS = 15_000;
const SESSION_SECONDS = 60;
const VOTE_SECONDS = 3;

/** Begins it; what it answers ends it: everybody falls silent, and the books are closed. */
export async function live(scene: Scene, server: ServerProcess, rooms: number): Promise<() => Promise<void>> {
  const opening = { away: 60, history: 32 };
  const plain = await scene.gather(server, { rooms, size: SIZE, opening });
  const sleepy = await scene.gather(server, { rooms: SLEEPY_ROOMS, size: 2, opening, name: "sleepy" });
  const loud = await scene.gather(server, { rooms: 1, size: 3, opening, name: "loud" });
  for (const guest of [...sleepy.guests, ...loud.guests]) guest.isMute = true;
  plain.talk(TALK_PER_SECOND);
  sleepy.talk(TALK_PER_SECOND);
  loud.talk(LOUD_PER_SECOND, "x".repeat(LOUD_CHARS));

  let guests = 0;
  const replaceOne = () => {
    const members = pick(plain.rooms) ?? [];
    const at = 1 + Math.floor(Math.random() * (SIZE - 1));
    const leaver = members[at];
    const room = members[0]?.place.room;
    // Who is away holds its seat, and the room would be full.
    if (leaver?.state !== "here" || room === undefined) return;
    leaver.leave();
    const guest = new Member(server.url, room, `guest${++guests}`, scene.accountant);
    members[at] = guest;
    guest.connect();
  };
  let seconds = 0;
  const timer = setInterval(() => {
    seconds++;
    for (let i = 0; i < LEAVE; i++) replaceOne();
    for (let i = 0; i < TUNNELS; i++) pick(plain.members)?.drop(Math.random() * TUNNEL_MS_MAX);
    doze(pick(sleepy.guests), Math.random() * SLEEP_MS_MAX);
    if (seconds % LOUD_LULL_SECONDS === 0) for (const guest of loud.guests) doze(guest, LOUD_LULL_MS);
    for (const members of plain.rooms.slice(0, SESSION_ROOMS)) playSession(members, seconds % SESSION_SECONDS);
  }, 1000);

  return async () => {
    clearInterval(timer);
    const crowds = [plain, sleepy, loud];
    for (const crowd of crowds) crowd.hush();
    for (const member of crowds.flatMap(({ members }) => members)) member.wake();
    for (const crowd of crowds) await crowd.settle(TUNNEL_MS_MAX + 15_000);
  };
}

/** A session of a minute: two games, votes, an end. What the host says while it is away is lost, as its server says no. */
function playSession([host, ...guests]: readonly Member[], second: number): void {
  if (second === 1) host?.say({ type: "session.start", notes: "soak" });
  if (second === 2 || second === 30) host?.say({ type: "game.add", title: `Quiz ${second}`, max_players: SIZE });
  if (second === 4 || second === 32) host?.say({ type: "game.start" });
  if (second > 4 && second % VOTE_SECONDS === 0) pick(guests)?.say({ type: "vote", vote: second % 2 ? "up" : "down" });
  if (second === 0) host?.say({ type: "session.end" });
}

function doze(member: Member | undefined, ms: number): void {
  member?.sleep();
  setTimeout(() => member?.wake(), ms);
}

function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}
