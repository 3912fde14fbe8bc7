// What an operator does to a room: each by a second click, and each tells what came of it.

import { count } from "../shared/amounts.ts";
import type { Member, RoomAnswer } from "./answers.ts";
import { asked } from "./session.ts";
import type { Store } from "./state.ts";

/** What a member is called where it has no name. */
export function nameOf({ name, index }: Pick<Member, "name" | "index">): string {
  return name ?? `member ${index}`;
}

/** What a second click ends, in words. */
export const ENDS = {
  close: ({ code, here, away }: RoomAnswer) =>
    `Close ${code}: ${count(here + away, "person is", "people are")} put out`,
  lock: ({ code, locked }: RoomAnswer) =>
    locked ? `Unlock ${code}: newcomers get in again` : `Lock ${code}: nobody new gets in`,
  kick: (member: Member, { code }: RoomAnswer) => `Put ${nameOf(member)} out of ${code} for good`,
  kickOnce: (member: Member) => `Put ${nameOf(member)} out, may come back`,
};

export function close(store: Store, room: RoomAnswer): Promise<void> {
  return act(store, room, "close", {}, `${room.code} is closed.`);
}

export function lock(store: Store, room: RoomAnswer): Promise<void> {
  const locked = !room.locked;
  return act(store, room, "lock", { locked }, `${room.code} is ${locked ? "locked" : "open again"}.`);
}

export function kick(store: Store, room: RoomAnswer, member: Member, ban: boolean): Promise<void> {
  return act(store, room, "kick", { index: member.index, ban }, `${nameOf(member)} is put out of ${room.code}.`);
}

async function act(
  store: Store,
  { code, dialect }: RoomAnswer,
  what: string,
  body: object,
  done: string,
): Promise<void> {
  store.set({ asking: null, outcome: "" });
  const path = `/api/rooms/${encodeURIComponent(code)}/${what}?dialect=${encodeURIComponent(dialect)}`;
  const { status, body: answer } = await asked(store, path, body);
  if (status === 401) return;
  const { error } = (answer ?? {}) as { error?: string };
  const why = status === 0 ? "the server does not answer" : (error ?? `the server answered ${status}`);
  store.set({ outcome: status === 200 ? done : `Not done: ${why}.` });
}
