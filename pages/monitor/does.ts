// What can be done on the page; views know nothing else of the world.
import type { Member, RoomAnswer } from "./answers.ts";
import type { Asking, Sort } from "./state.ts";
import type { Group } from "./words.ts";

export interface Does {
  logIn(key: string): void;
  logOut(): void;
  makeLink(): void;
  dropLink(): void;
  sort(sort: Sort): void;
  search(q: string): void;
  group(group: Group): void;
  filter(text: string): void;
  ask(asking: Asking | null): void;
  close(room: RoomAnswer): void;
  lock(room: RoomAnswer): void;
  kick(room: RoomAnswer, member: Member, ban: boolean): void;
}
