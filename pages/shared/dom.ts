// The page's elements, found by what its HTML calls them and changed as text and attributes: nothing here makes markup of a text.

/**
 * The element with this id.
 * @throws {Error} where the page has none of that kind: its HTML and its script do not fit
 */
export function at(id: string): HTMLElement;
export function at<T extends HTMLElement>(id: string, kind: new () => T): T;
export function at(id: string, kind: new () => HTMLElement = HTMLElement): HTMLElement {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(id);
  return found;
}

/** The button with this id. @throws {Error} where the page has none */
export const button = (id: string) => at(id, HTMLButtonElement);

/** An element with a class and a text. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Writes a text into an element, or the one with this id, where it is another one: a live region is read again at each writing. */
export function write(place: Element | string, text: string): void {
  const element = typeof place === "string" ? at(place) : place;
  if (element.textContent !== text) element.textContent = text;
}

/** The colours of tiles, by their numbers in party.css: neighbours that differ to all eyes. */
const TILES = [1, 0, 3, 5];

/** Shows the letters of a code as tiles; it is read letter by letter to who does not see it. */
export function drawCode(element: HTMLElement, code: string, name: string): void {
  if (element.dataset.code === code) return;
  element.dataset.code = code;
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", `${name} ${[...code].join(" ")}`);
  element.replaceChildren(...[...code].map((letter, n) => el("span", `tile c${TILES[n % TILES.length]}`, letter)));
}

/** Runs at the second of two clicks within four seconds: what it ends is not ended by a slip. */
export function onSecondClick(button: HTMLButtonElement, again: string, run: () => void): void {
  const label = button.textContent ?? "";
  const name = button.getAttribute("aria-label");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = (text: string, before: string) => {
    write(button, text);
    if (name !== null) button.setAttribute("aria-label", before + name);
  };
  const calm = () => {
    clearTimeout(timer);
    timer = undefined;
    button.classList.remove("sure");
    say(label, "");
  };
  button.addEventListener("click", () => {
    if (timer !== undefined) {
      calm();
      run();
      return;
    }
    button.classList.add("sure");
    say(again, `${again} `);
    timer = setTimeout(calm, 4_000);
  });
  button.addEventListener("blur", calm);
}

/** Keeps small texts over a reload; where a browser forbids storage nothing is kept. */
export function keep(storageOf: () => Storage) {
  return {
    get(key: string): string {
      try {
        return storageOf().getItem(`partyline:${key}`) ?? "";
      } catch {
        return "";
      }
    },
    /** Whether it is kept. */
    set(key: string, text: string): boolean {
      try {
        storageOf().setItem(`partyline:${key}`, text);
        return true;
      } catch {
        return false;
      }
    },
  };
}
