// The playground: up to eight members side by side, each with its line in a Worker, and every frame that passes in one list.
import { render } from "preact";
import type { Form } from "./form.ts";
import { partyOf } from "./party.ts";
import { EMPTY, type State, type Store } from "./state.ts";
import { Playground } from "./view.tsx";

/** What scripts/pages.ts puts in their place: a form for each request of docs/party.schema.json. */
declare const PLAYGROUND_FORMS: readonly Form[];

const forms = PLAYGROUND_FORMS;
const root = document.getElementById("app") ?? document.body;
let state: State = EMPTY;
let isDrawing = false;

const store: Store = {
  get: () => state,
  set(change) {
    state = { ...state, ...change };
    if (isDrawing) return;
    isDrawing = true;
    // Frames come faster than a screen shows them; a page that nobody looks at draws all the same, but seldom.
    setTimeout(draw, document.visibilityState === "hidden" ? 500 : 16);
  },
};
const party = partyOf(store);

function draw(): void {
  isDrawing = false;
  render(<Playground state={state} store={store} party={party} forms={forms} />, root);
}

// What the page says to who has no JavaScript.
root.replaceChildren();
draw();
