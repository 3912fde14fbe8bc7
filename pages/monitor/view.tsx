// The page as a whole: the login, or the picture with the list of rooms or one of them.
import { time } from "../shared/amounts.ts";
import { Mark } from "../shared/mark.tsx";
import { Counters } from "./counters.tsx";
import type { Does } from "./does.ts";
import { Login } from "./login.tsx";
import { OverlayLink } from "./overlayLink.tsx";
import { RoomPanel } from "./roomPanel.tsx";
import { Rooms } from "./rooms.tsx";
import type { State } from "./state.ts";
import { Tail } from "./tail.tsx";
import { Tiles } from "./tiles.tsx";
import { clock } from "./words.ts";

export function Monitor({ state, does }: { state: State; does: Does }) {
  if (state.token === null) return <Login state={state} does={does} />;
  const { picture, place, goneSince, trouble } = state;
  const isStale = goneSince !== null || trouble !== "";
  return (
    <div class={`whole ${isStale ? "stale" : ""} ${place === null ? "" : "in-room"}`}>
      <Head state={state} does={does} />
      {picture === null ? (
        <p class="muted wait">{isStale ? "" : "Asking the server…"}</p>
      ) : (
        <>
          <Tiles picture={picture} samples={state.samples} />
          <div class="panels">
            {place === null ? (
              <Rooms picture={picture} state={state} does={does} />
            ) : (
              <RoomPanel place={place} state={state} does={does} />
            )}
            <Tail picture={picture} state={state} does={does} />
            <Counters picture={picture} samples={state.samples} />
          </div>
        </>
      )}
    </div>
  );
}

function Head({ state: { picture, goneSince, trouble, outcome, link }, does }: { state: State; does: Does }) {
  return (
    <header>
      <h1>Monitor</h1>
      <p class="line" role="status">
        {goneSince !== null ? (
          <Mark
            tone="bad"
            word={`No answer since ${clock(goneSince)}${picture === null ? "" : ": this is the last picture"}`}
          />
        ) : trouble !== "" ? (
          <Mark tone="warn" word={trouble} />
        ) : picture?.draining ? (
          <Mark tone="warn" word="Stopping: nobody new gets in" />
        ) : (
          <Mark tone="good" word="Running" />
        )}
      </p>
      {picture !== null && (
        <p class="muted figure">
          up {time(picture.at - picture.startedAt)} · {picture.version}
        </p>
      )}
      <p class="outcome" role="status">
        {outcome}
      </p>
      <nav>
        <a href="/doctor">Doctor</a>
        <button type="button" class="quiet" onClick={does.makeLink}>
          Overlay link
        </button>
        <button type="button" class="quiet" onClick={does.logOut}>
          Log out
        </button>
      </nav>
      {link !== null && <OverlayLink link={link} does={does} />}
    </header>
  );
}
