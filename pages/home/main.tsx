// The first page: says what this is, opens a room on this screen or leads to one that is there. A reload of a TV is the same TV.
import { PartylineError, type Room } from "../../clients/js/src/index.ts";
import { at, button, onSecondClick, write } from "../shared/dom.ts";
import { isCode, typedCode } from "../shared/game.ts";
import { keptCode, openRoom, resumeRoom } from "./seat.ts";
import { showTv } from "./tv.ts";

const welcome = at("welcome");
const tv = at("tv");
const open = button("open");
const notice = at("notice");
const joinCode = at("joinCode", HTMLInputElement);
const OPEN = open.textContent ?? "";
let room: Room | null = null;

/** Says it above the ways in, or at the field that it is about. */
function say(text: string, field?: HTMLElement): void {
  if (field === undefined) at("ways").before(notice);
  else field.append(notice);
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
    const isElsewhere = why === "replaced";
    write(open, isElsewhere ? "Show the room here" : OPEN);
    say(isElsewhere ? "Another tab is the TV of that room now." : "The room is over. Thank you for playing!");
  });
}

function whyNot({ code }: PartylineError): string {
  if (code === "draining") return "The server is restarting. Try again in a moment.";
  if (code === "server_full" || code === "too_many_rooms") return "The server is full. Try again later.";
  if (code === "max_clients_invalid") return "This server takes no room for so many phones.";
  return "The server cannot be reached. Is it running? Ask the doctor.";
}

/** A TV that goes dark ends the party; where browsers keep that for secure pages it is up to the TV's own settings. */
async function stayAwake(): Promise<void> {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // It may be forbidden, and a page that nobody looks at has none.
  }
}

/** Opens a room, or takes up again the one that this tab has the seat of. */
function start(): void {
  const code = keptCode();
  void become(() => (code === null ? openRoom() : resumeRoom(code)));
}

open.onclick = start;
const joinForm = at("joinForm", HTMLFormElement);
joinForm.onsubmit = (event) => {
  event.preventDefault();
  const code = typedCode(joinCode.value);
  if (isCode(code)) location.assign(`/${code}`);
  else {
    say("A code is as long as the TV shows it, and has no I, O, 0 or 1.", joinForm);
    joinCode.focus();
  }
};
onSecondClick(button("close"), "Close it for all?", () => void room?.close("closed at the TV"));

if (keptCode() !== null) start();
