// What phones say to the screen for a moment: a line of chat, a wave, a clap. A bounded list, since a hundred phones may wave at once, and in it
// the latest of each, since one of them may wave without end.
import type { Member } from "../../clients/js/src/index.ts";
import { at, el } from "../shared/dom.ts";
import { type Act, colourOf, initialOf, nameOf } from "../shared/game.ts";

const SHOWN_MAX = 3;
/** How long one is shown, in ms. */
const SHOWN_MS = 8_000;
/** Who said what is shown. */
const from = new WeakMap<Element, string>();
const ACTS: Readonly<Record<Act, string>> = { wave: "waves", clap: "claps" };

/** Gives what a member said its colour, which it may have changed since. */
export function tint(member: Member): void {
  for (const face of at("said").querySelectorAll<HTMLElement>(".face"))
    if (face.dataset.of === member.id) face.className = `face c${colourOf(member)}`;
}

/** Shows one, and lets it go after a while. */
export function showSaid(member: Member, said: { readonly act: Act } | { readonly say: string }): void {
  const list = at("said");
  const item = el("li", "act" in said ? said.act : "");
  const face = el("span", "face", initialOf(member));
  face.setAttribute("aria-hidden", "true");
  face.dataset.of = member.id;
  const name = el("b");
  name.append(el("bdi", "", nameOf(member)));
  const text = el("p");
  if ("say" in said) text.append(name, ": ", el("bdi", "", said.say));
  else text.append(name, ` ${ACTS[said.act]}`);
  item.append(face, text);
  for (const shown of [...list.children]) if (from.get(shown) === member.id) shown.remove();
  from.set(item, member.id);
  list.append(item);
  tint(member);
  while (list.children.length > SHOWN_MAX) list.firstElementChild?.remove();
  setTimeout(() => item.remove(), SHOWN_MS);
}
