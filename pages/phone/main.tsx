// The phone: takes a seat in the room that the address names, at once where it has one there already, and says in a guest's words why not
// where it gets none.
import { joinRoom, localSeats, type Over, PartylineError } from "../../clients/js/src/index.ts";
import { at, keep } from "../shared/dom.ts";
import { isCode, typedCode } from "../shared/game.ts";
import { openDoor } from "./door.ts";
import { play } from "./play.ts";
import type { No } from "./words.ts";

const kept = keep(() => localStorage);
/** `?player=2` is another seat in the same browser, under a name of its own. */
const player = new URLSearchParams(location.search).get("player") ?? "";
const key = player && `?player=${player}`;
const page = at("play");
const doorway = at("door");

/** What stands before the code: where a game of the host's has the short address, ours is a longer one [H22]. */
const base = location.pathname.replace(/[^/]*$/, "");
let code = typedCode(decodeURIComponent(location.pathname.slice(base.length)));
const door = openDoor(
  () => code,
  kept.get(`name${key}`),
  (name, typed) => {
    code = typed;
    void enter(name, kept.set(`name${key}`, name));
  },
);

/** @param name undefined: that of the seat, which is taken up again */
async function enter(name: string | undefined, isKept: boolean): Promise<void> {
  const isBack = name === undefined;
  door.wait(isBack);
  const asked = { room: code, key, ...(isBack ? {} : { name }) };
  const room = await joinRoom(asked)
    .catch((error: PartylineError) => {
      // Who finds no seat may watch, and is who watched here before; where that is not so either, it is the seat's no that counts.
      if (!/full|locked/.test(error.code)) throw error;
      return joinRoom({ ...asked, as: "audience" }).catch(() => {
        throw error;
      });
    })
    .catch((error: unknown) => {
      door.show(noOf(error, isBack));
      return null;
    });
  if (room === null) return;
  code = room.code;
  // A reload shall find the same room, also where the code was mended.
  history.replaceState(null, "", base + code + location.search);
  document.title = `Room ${code}`;
  doorway.hidden = true;
  page.hidden = false;
  play(room, isKept);
  room.on("over", leave);
}

function leave(over: Over): void {
  doorway.hidden = false;
  page.hidden = true;
  door.show(outOf(over));
}

/** Why somebody did not get in. */
function noOf(error: unknown, isBack: boolean): No {
  if (!(error instanceof PartylineError)) throw error;
  const { code: no } = error;
  if (no === "unreachable" && !navigator.onLine) return "offline";
  // Nothing of what this page sends has a form that could be wrong, but the name.
  if (no === "bad_field") return "name";
  return no === "room_not_found" && isBack ? "gone" : no;
}

/** Why somebody is out who was in. Of a seat that is refused the server gives its reason in words alone. */
function outOf({ why, reason }: Over): No {
  if (reason === "unreachable") return "unreachable";
  if (why !== "refused") return why;
  const [word] = /banned|locked|full/.exec(reason) ?? ["refused"];
  return (/[nr]/.test(word) ? word : `room_${word}`) as No;
}

if (localSeats().load(code + key)) void enter(undefined, true);
else door.show(isCode(code) ? undefined : "typo");
