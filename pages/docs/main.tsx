// The page of the documents: takes both from its own server and shows them. What is open stands in the address, for who hands it on.
import { render } from "preact";
import { type AsyncApi, found, type Group, groupsOf, type OpenApi } from "./read.ts";
import { Docs, type Does, type Picture } from "./view.tsx";

const root = document.getElementById("app") ?? document.body;

let all: readonly Group[] = [];
let picture: Picture = { version: "", groups: [], words: "", open: new Set() };

const does: Does = {
  search(words) {
    show({ words, groups: found(all, words) });
  },
  toggle(id, isOpen) {
    const open = new Set(picture.open);
    if (isOpen) open.add(id);
    else open.delete(id);
    if (isOpen) history.replaceState(null, "", `#${encodeURIComponent(id)}`);
    show({ open });
  },
};

function show(change: Partial<Picture>): void {
  picture = { ...picture, ...change };
  render(<Docs picture={picture} does={does} />, root);
}

/** Opens what the address names, and goes there: it was not there yet when the browser looked for it. */
function goThere(): void {
  let id: string;
  try {
    id = decodeURIComponent(location.hash.slice(1));
  } catch {
    return;
  }
  if (all.some(({ entries }) => entries.some((entry) => entry.id === id)))
    show({ open: new Set(picture.open).add(id) });
  document.getElementById(id)?.scrollIntoView();
}

async function json<T>(file: string): Promise<T> {
  const answer = await fetch(`/docs/${file}`);
  if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  return await answer.json();
}

async function begin(): Promise<void> {
  try {
    const [http, wires] = await Promise.all([json<OpenApi>("openapi.json"), json<AsyncApi>("asyncapi.json")]);
    all = groupsOf(http, wires);
    root.replaceChildren();
    show({ version: http.info.version, groups: all });
    goThere();
    addEventListener("hashchange", goThere);
  } catch {
    const said = document.createElement("p");
    said.setAttribute("role", "alert");
    said.textContent = "The documents did not come. Reload to try again.";
    root.append(said);
  }
}

void begin();
