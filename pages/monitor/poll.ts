// Asks the server every two seconds while somebody looks at the page, and never while nobody does. The next question follows an answer, so a
// slow server is not asked twice at once.
import type { Picture, RecordAnswer, Recorded, RoomAnswer } from "./answers.ts";
import { roomRates, sampled } from "./rates.ts";
import { asked } from "./session.ts";
import type { Place, Store } from "./state.ts";

const EVERY_MS = 2_000;
const TAIL_MAX = 500;
const RECORD_MAX = 500;

export interface Poll {
  /** Asks at once: something else is looked at now. */
  now(): void;
}

export function startPoll(store: Store): Poll {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let isWanted = false;
  /** What to say as `since`; null: nothing was told yet. */
  let next: number | null = null;
  let recordNext: number | null = null;
  let recordOf = "";

  async function round(): Promise<void> {
    clearTimeout(timer);
    if (store.get().token === null || document.hidden) return;
    if (isAsking) {
      isWanted = true;
      return;
    }
    isAsking = true;
    isWanted = false;
    await askAll();
    isAsking = false;
    if (store.get().token === null) return;
    if (isWanted) void round();
    else if (!document.hidden) timer = setTimeout(round, EVERY_MS);
  }

  async function askAll(): Promise<void> {
    const { token } = store.get();
    await askPicture();
    const { place } = store.get();
    // A server that does not answer one question is not asked the next.
    if (store.get().token === token && place !== null && store.get().goneSince === null) await askRoom(place);
  }

  async function askPicture(): Promise<void> {
    const { sort, q, picture: before, token } = store.get();
    // Nobody has seen anything of it yet: after a login the tail begins anew.
    if (before === null) next = null;
    const query = new URLSearchParams({ sort, q, ...(next !== null && { since: String(next) }) });
    const { status, body } = await asked(store, `/api/monitor?${query}`);
    const state = store.get();
    if (status === 401 || state.token !== token) return;
    if (status !== 200 || body === null) {
      const isGone = status === 0 || status >= 502;
      store.set({
        goneSince: isGone ? (state.goneSince ?? Date.now()) : null,
        trouble: isGone
          ? ""
          : `The server answers ${status}${status === 429 ? ", too many requests" : ""}: this is the last picture.`,
      });
      return;
    }
    const picture = body as Picture;
    const isOther = before !== null && before.startedAt !== picture.startedAt;
    // Its entries have ids of their own: those that were asked for are another server's.
    if (isOther && next !== null) {
      next = null;
      recordNext = null;
      store.set({ picture: null, tail: [], record: [], isRoomOver: false, samples: [], isTailTorn: false });
      return askPicture();
    }
    next = picture.next;
    const isTorn = picture.missed > 0;
    store.set({
      ...{ picture, goneSince: null, trouble: "" },
      samples: sampled(state.samples, before, picture),
      roomRates: before?.at === picture.at ? state.roomRates : roomRates(before, picture),
      tail: [...[...picture.events].reverse(), ...(isTorn ? [] : state.tail)].slice(0, TAIL_MAX),
      isTailTorn: isTorn || state.isTailTorn,
    });
  }

  async function askRoom(place: Place): Promise<void> {
    const path = `/api/rooms/${encodeURIComponent(place.code)}`;
    const dialect = `dialect=${encodeURIComponent(place.dialect)}`;
    const isSame = () => store.get().place === place;
    // Its record is whole, and nothing more will come.
    if (store.get().isRoomOver) return;
    if (recordOf !== path + dialect || store.get().room === null) {
      recordNext = null;
      recordOf = path + dialect;
    }
    const room = await asked(store, `${path}?${dialect}`);
    if (!isSame()) return;
    if (room.status === 200) store.set({ room: room.body as RoomAnswer });
    const isRoomOver = room.status === 404;
    const since = recordNext === null ? "" : `&since=${recordNext}`;
    const record = await asked(store, `${path}/record?${dialect}${since}`);
    if (!isSame()) return;
    if (isRoomOver && (record.status === 200 || record.status === 404)) store.set({ isRoomOver, asking: null });
    if (record.status !== 200) return;
    const { events, next: newest } = record.body as RecordAnswer;
    recordNext = newest;
    const before: readonly Recorded[] = since === "" ? [] : store.get().record;
    store.set({ record: [...[...events].reverse(), ...before].slice(0, RECORD_MAX) });
  }

  document.addEventListener("visibilitychange", () => void round());
  return { now: () => void round() };
}
