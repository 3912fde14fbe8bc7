// The overlay: a game night over a stream. It reads how the night stands every two seconds, or, with a viewer's token, whenever the live socket says
// that something has happened. While the server is away what was last seen stays, and no word of that is on the stream.
import { at } from "../shared/dom.ts";
import { type Live, listen } from "./live.ts";
import { optionsOf } from "./options.ts";
import { type Polls, showPolls } from "./polls.ts";
import { Reads } from "./reads.ts";
import { draw, dress } from "./view.ts";

const POLL_MS = 2_000;
/** From one read to the next, however much happens: a vote a time is seen as a number that climbs. */
const READ_MS = 400;
/** With the live socket a read that nothing asks for is for what no event tells. */
const IDLE_MS = 20_000;

const options = optionsOf(location.search, location.hash);
let reads = new Reads(options.session, options.token);
let live: Live | null = null;
let polls: Polls | null = null;
let isRefused = false;
let isReading = false;
let isStale = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let fading: ReturnType<typeof setTimeout> | undefined;

function later(ms: number): void {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(read, ms);
}

async function read(): Promise<void> {
  if (isReading) {
    isStale = true;
    return;
  }
  isReading = true;
  isStale = false;
  const picture = await reads.picture();
  isReading = false;
  if (picture !== null) {
    if (draw(picture === "none" ? null : picture, options)) wake();
    if (picture !== "none") live?.follow(picture.session);
  }
  later(isStale ? READ_MS : live === null ? POLL_MS : IDLE_MS);
}

/** Something has happened: it is read at once, or as soon as the read that goes on is over. */
function happened(): void {
  if (isReading) isStale = true;
  else later(READ_MS);
}

/** A token that is not good any more is worth no word on a stream: what strangers may read goes on. */
function refused(): void {
  live = null;
  isRefused = true;
  reads = new Reads(options.session, "");
  later(0);
}

/** It is seen again, and fades when nothing changes for as long as the address says. */
function wake(): void {
  const { classList } = at("overlay");
  classList.remove("faded");
  clearTimeout(fading);
  if (options.hide > 0) fading = setTimeout(() => classList.add("faded"), options.hide * 1_000);
}

/** A scene that is not on air listens to nothing. */
function turned(): void {
  if (document.hidden) {
    clearTimeout(timer);
    live?.stop();
    polls?.stop();
    live = polls = null;
    return;
  }
  if (options.show.has("poll") && options.room !== "") polls ??= showPolls(options.room, wake);
  if (options.token !== "" && !isRefused) live = listen(options.token, happened, refused);
  later(0);
}

dress(options);
wake();
document.addEventListener("visibilitychange", turned);
turned();
