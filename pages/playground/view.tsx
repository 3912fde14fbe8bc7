// The page as a whole: what may be played, the members, what one of them says, and what has passed.
import { Compose } from "./compose.tsx";
import type { Form } from "./form.ts";
import { Frames } from "./frames.tsx";
import { Members } from "./members.tsx";
import type { Parts } from "./parts.ts";
import { PRESETS, playPreset } from "./presets.ts";
import { MEMBERS_MAX } from "./state.ts";

export function Playground({ forms, ...parts }: Parts & { forms: readonly Form[] }) {
  const { state } = parts;
  return (
    <div class="whole">
      <header>
        <h1>Playground</h1>
        <p class="says" role="status">
          {state.says}
        </p>
        <nav>
          <a href="/">Home</a>
          <a href="/doctor">Doctor</a>
          <a href="/monitor">Monitor</a>
        </nav>
      </header>
      {state.members.length === 0 && state.playing === "" ? <Start {...parts} /> : <Presets {...parts} />}
      {state.members.length > 0 && <Members {...parts} />}
      {state.members.length > 0 && (
        <div class="panels">
          <Compose {...parts} forms={forms} />
          <Frames {...parts} />
        </div>
      )}
    </div>
  );
}

/** What there is to begin with, while nobody is there. */
function Start({ store, party }: Parts) {
  return (
    <section class="start" aria-label="To begin with">
      <p>
        Speak the wire of Partyline by hand. Each member has a line of its own; it says what you like, falls asleep and
        loses its line when you want it to, and every frame that passes stands in a list. Begin with one of these, or
        with a member of your own.
      </p>
      <ul>
        {Object.entries(PRESETS).map(([name, { about }]) => (
          <li key={name}>
            <button type="button" class="quiet" onClick={() => void playPreset(name, party, store)}>
              {name}
            </button>
            <span class="muted">{about}</span>
          </li>
        ))}
      </ul>
      <Add store={store} party={party} isOff={false} />
    </section>
  );
}

function Presets({ state, store, party }: Parts) {
  return (
    <section class="presets" aria-label="Things to play">
      {Object.entries(PRESETS).map(([name, { about }]) => (
        <button
          key={name}
          type="button"
          class="quiet"
          title={about}
          disabled={state.playing !== ""}
          onClick={() => void playPreset(name, party, store)}
        >
          {name}
        </button>
      ))}
      {state.playing !== "" && (
        <button
          type="button"
          class="danger"
          onClick={() => store.set({ playing: "", says: `${state.playing} was stopped.` })}
        >
          Stop
        </button>
      )}
      <Add store={store} party={party} isOff={state.members.length >= MEMBERS_MAX} />
    </section>
  );
}

function Add({ store, party, isOff }: Pick<Parts, "store" | "party"> & { isOff: boolean }) {
  const add = () => {
    // Nobody is in a room yet: the first opens one, the others join it.
    const hasRoom = store.get().members.some(({ room }) => room !== "");
    const member = party.add();
    if (member !== null) store.set({ speaker: member.n, raw: null, type: hasRoom ? "join" : "create" });
  };
  return (
    <button type="button" class="main" disabled={isOff} onClick={add}>
      Add a member
    </button>
  );
}
