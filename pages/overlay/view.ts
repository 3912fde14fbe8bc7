// Draws a picture over a stream: texts and one bar, no markup made of a text. What has not changed is not touched, so nothing flickers.
import { drawQr } from "../home/qr.ts";
import { findWay } from "../shared/address.ts";
import { at, el, write } from "../shared/dom.ts";
import { spoken } from "../shared/origins.ts";
import type { Options } from "./options.ts";
import type { Picture } from "./reads.ts";

/** Names that are shown; of more than that only how many they are. */
const NAMES_MAX = 12;

/** What is shown, as text; null: nothing was yet. */
let shown: string | null = null;

/** Sets up what the address asks for. */
export function dress({ theme, at: place, scale, style, show, room }: Options): void {
  const { documentElement: root } = document;
  root.dataset.theme = theme;
  root.dataset.at = place;
  root.style.setProperty("--scale", `${scale}`);
  for (const [name, value] of style) root.style.setProperty(name, value);
  if (show.has("qr") && room !== "") void showWay(room);
}

/** The code, and the way there for phones: where none is known, the code alone. */
async function showWay(room: string): Promise<void> {
  const code = room.toUpperCase();
  write("code", code);
  at("qr").hidden = false;
  frame();
  const { origins, path } = await findWay();
  const [origin] = origins;
  at("plate").hidden = origin === undefined;
  if (origin === undefined) return;
  const url = origin + path + encodeURIComponent(room);
  drawQr(at("plate"), url);
  write("address", spoken(origin + path).replace(/\/$/, ""));
}

/** Where no part has anything to show there is nothing, and no empty plate. */
export function frame(): void {
  const overlay = at("overlay");
  overlay.hidden = [...overlay.children].every((part) => part instanceof HTMLElement && part.hidden);
}

/** Shows how it stands; null: nothing goes on. Answers whether anything is another than before. */
export function draw(picture: Picture | null, { show }: Options): boolean {
  const before = shown;
  const now = JSON.stringify(picture);
  if (now === before) return false;
  const isOn = picture !== null;
  at("title").hidden = !isOn || !show.has("title");
  at("votes").hidden = !isOn || !show.has("votes");
  at("players").hidden = picture?.isCounted !== true || !show.has("players");
  frame();
  if (isOn) fill(picture);
  shown = now;
  return true;
}

function fill({ title, pack, up, down, players, count, max }: Picture): void {
  tell("name", title);
  write("pack", pack);
  at("pack").hidden = pack === "";
  tell("up", `${up}`);
  tell("down", `${down}`);
  // Nobody has voted: neither side is ahead.
  at("share").style.setProperty("--share", `${up + down === 0 ? 0.5 : up / (up + down)}`);
  tell("count", max === null ? `${count} ${count === 1 ? "player" : "players"}` : `${count} of ${max} players`);
  const listed =
    players.length > NAMES_MAX ? [...players.slice(0, NAMES_MAX), `and ${players.length - NAMES_MAX} more`] : players;
  const names = at("names");
  const isSame =
    names.children.length === listed.length && listed.every((name, n) => names.children[n]?.textContent === name);
  if (!isSame) names.replaceChildren(...listed.map((name) => el("li", "", name)));
}

/** Writes a text, and lets it be seen that it is another: the style has one animation under two names, so that it begins anew each time. */
function tell(id: string, text: string): void {
  const place = at(id);
  if (place.textContent === text) return;
  write(place, text);
  if (shown !== null) place.dataset.beat = place.dataset.beat === "a" ? "b" : "a";
}
