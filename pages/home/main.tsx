// The first page: says what this is, opens a room on this screen or leads to one that is there. A reload of a TV is the same TV.
import { PartylineError, type Room } from "../../clients/js/src/index.ts";
import { at, onSecondClick, write } from "../shared/dom.ts";
import { typedCode } from "../shared/game.ts";
import { keptCode, openRoom, resumeRoom } from "./seat.ts";
import { showTv } from "./tv.ts";

const welcome = at("welcome", HTMLElement);
const tv = at("tv", HTMLElement);
const open = at("open", HTMLButtonElement);
const notice = at("notice", HTMLElement);
const joinCode = at("joinCode", HTMLInputElement);
let room: Room | null = null;

function say(text: string): void {
  notice.hidden = text === "";
  write(notice, text);
}

/** @param entering the room that is opened, or taken up again */
async function become(entering: () => Promise<Room>): Promise<void> {
  open.disabled = true;
  try {
    room = await entering();
  } catch (error) {
    if (!(error instanceof PartylineError)) throw error;
    say(error.code === "room_not_found" ? "The room of this screen is over." : whyNot(error));
    return;
  } finally {
    open.disabled = false;
  }
  say("");
  welcome.hidden = true;
  tv.hidden = false;
  showTv(room);
  void stayAwake();
  room.on("over", ({ why }) => {
    tv.hidden = true;
    welcome.hidden = false;
    document.title = "Partyline";
    say(why === "replaced" ? "Another tab is the TV of that room now." : "The room is over. Thank you for playing!");
  });
}

function whyNot({ code }: PartylineError): string {
  if (code === "draining") return "The server is restarting: try again in a moment.";
  if (code === "server_full" || code === "too_many_rooms")
    return "The server has no place for one more room. Try again later.";
  if (code === "max_clients_invalid") return "This server takes no room for so many phones.";
  return "The server cannot be reached. Is it running? Then ask the doctor.";
}

/** A TV that goes dark ends the party; where browsers keep that for secure pages it is up to the TV's own settings. */
async function stayAwake(): Promise<void> {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // It may be forbidden, and a page that nobody looks at has none.
  }
}

open.addEventListener("click", () => void become(openRoom));
at("joinForm", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  const code = typedCode(joinCode.value);
  if (code === "") joinCode.focus();
  else location.assign(`/${encodeURIComponent(code)}`);
});
onSecondClick(
  at("close", HTMLButtonElement),
  () => "Close it for all?",
  () => void room?.close("closed at the TV"),
);

const code = keptCode();
if (code !== null) void become(() => resumeRoom(code));
