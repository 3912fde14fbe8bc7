// The monitor's page: one state, drawn anew whenever it changes.
import { render } from "preact";
import { close, kick, lock } from "./actions.ts";
import type { Does } from "./does.ts";
import { makeLink } from "./overlayLink.tsx";
import { startPoll } from "./poll.ts";
import { keptToken, logIn, logOut } from "./session.ts";
import { EMPTY, placeOf, type State, type Store } from "./state.ts";
import { Monitor } from "./view.tsx";

/** A search is sent when nobody has typed for so long. */
const TYPING_MS = 250;

const root = document.getElementById("app") ?? document.body;
let state: State = { ...EMPTY, token: keptToken(), loginSays: "", place: placeOf(location.hash) };
let isDrawing = false;

const store: Store = {
  get: () => state,
  set(change) {
    state = { ...state, ...change };
    if (isDrawing) return;
    isDrawing = true;
    queueMicrotask(() => {
      isDrawing = false;
      render(<Monitor state={state} does={does} />, root);
    });
  },
};
const poll = startPoll(store);
let typing: ReturnType<typeof setTimeout> | undefined;

/** The picture that follows shows what came of it. */
const then = (done: Promise<void>) => void done.then(poll.now);

const does: Does = {
  logIn: (key) => then(logIn(store, key)),
  logOut: () => logOut(store, "You are logged out."),
  makeLink: () => void makeLink(store),
  dropLink: () => store.set({ link: null }),
  sort(sort) {
    store.set({ sort });
    poll.now();
  },
  search(q) {
    store.set({ q });
    clearTimeout(typing);
    typing = setTimeout(poll.now, TYPING_MS);
  },
  group: (group) => store.set({ group }),
  filter: (filter) => store.set({ filter }),
  ask: (asking) => store.set({ asking, outcome: "" }),
  close: (room) => then(close(store, room)),
  lock: (room) => then(lock(store, room)),
  kick: (room, member, ban) => then(kick(store, room, member, ban)),
};

addEventListener("hashchange", () => {
  const place = placeOf(location.hash);
  store.set({ place, room: null, isRoomOver: false, record: [], asking: null, outcome: "" });
  poll.now();
});
// What the page says to who has no JavaScript.
root.replaceChildren();
store.set({});
poll.now();
