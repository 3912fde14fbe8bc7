// Where a seat is kept, so that a page that is reloaded is the same member. Storage that throws, or is not there, is none.

/** What makes a client the same member: keep it, and a reload takes the seat up again. */
export interface Seat {
  readonly room: string;
  readonly clientId: string;
  readonly secret: string;
  readonly name?: string | undefined;
  /** The last `seq` it has heard, and the `epoch` that this is of. */
  readonly since?: number | undefined;
  readonly epoch?: string | undefined;
}

/** Keeps seats by a key: the room's code unless one is given. */
export interface SeatStore {
  load(key: string): Seat | null | undefined;
  save(key: string, seat: Seat): void;
  clear(key: string): void;
}

function stored(storageOf: () => Storage, prefix = "partyline:"): SeatStore {
  const attempt = <T>(work: (storage: Storage) => T): T | undefined => {
    try {
      return work(storageOf());
    } catch {
      // A browser may forbid storage, and it may be full: the game goes on without.
      return undefined;
    }
  };
  return {
    load: (key) => attempt((storage) => JSON.parse(`${storage.getItem(prefix + key)}`) as Seat | null),
    save: (key, seat) => attempt((storage) => storage.setItem(prefix + key, JSON.stringify(seat))),
    clear: (key) => attempt((storage) => storage.removeItem(prefix + key)),
  };
}

/** In `localStorage`: survives a closed browser, and all tabs share it. For phones. */
export const localSeats = (prefix?: string): SeatStore => stored(() => localStorage, prefix);
/** In `sessionStorage`: survives a reload, and each tab has its own. For screens, of which there may be two. */
export const sessionSeats = (prefix?: string): SeatStore => stored(() => sessionStorage, prefix);
/** As long as this object lives: for tests and bots. */
export function memorySeats(): SeatStore {
  const seats = new Map<string, Seat>();
  return {
    load: (key) => seats.get(key),
    save: (key, seat) => void seats.set(key, { ...seat }),
    clear: (key) => void seats.delete(key),
  };
}

/** 128 bits at random, as text: where a page is not served over https there is no `crypto.randomUUID`. */
export function randomId(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join(".");
}
