// The doctor's page: looks by itself when it opens, and draws anew what has changed.
import { render } from "preact";
import type { Finding } from "./findings.ts";
import { examine, LOOKS } from "./looks.ts";
import { asText } from "./result.ts";
import { testSleep } from "./sleep.ts";
import { Doctor, type Does, type Picture } from "./view.tsx";

const root = document.getElementById("app") ?? document.body;
const unseen = (): Finding[] => LOOKS.map(() => ({ standing: "waiting", says: "" }));

let picture: Picture = {
  ...{ findings: unseen(), isDone: false, silentS: null, sleep: { at: "ready" } },
  ...{ text: null, isCopied: false },
};
let isDrawing = false;
let stop = new AbortController();
let skip = new AbortController();
let endSleep = () => {};

const does: Does = {
  again: () => void run(),
  skip: () => skip.abort(),
  copy: () => void copy(),
  startSleep() {
    endSleep = testSleep((sleep) => show({ sleep }));
  },
  stopSleep() {
    endSleep();
    show({ sleep: { at: "ready" } });
  },
};

/** Draws once a turn, however much has changed in it. */
function show(change: Partial<Picture>): void {
  picture = { ...picture, ...change };
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    render(<Doctor picture={picture} does={does} />, root);
  });
}

async function run(): Promise<void> {
  stop.abort();
  const mine = new AbortController();
  stop = mine;
  skip = new AbortController();
  show({ findings: unseen(), isDone: false, silentS: null, text: null, isCopied: false });
  const told = {
    found(index: number, finding: Finding) {
      const findings = picture.findings.map((was, at) => (at === index ? finding : was));
      show({ findings, silentS: null });
    },
    waits: (_: number, silentS: number) => show({ silentS }),
  };
  await examine(told, mine.signal, skip.signal);
  if (!mine.signal.aborted) show({ isDone: true });
}

async function copy(): Promise<void> {
  const text = asText(picture.findings, picture.sleep, new Date());
  try {
    await navigator.clipboard.writeText(text);
    show({ isCopied: true, text: null });
  } catch {
    // Pages by http have none, and a browser may forbid it.
    show({ isCopied: false, text });
    setTimeout(() => root.querySelector("textarea")?.focus());
  }
}

// What the page says to who has no JavaScript.
root.replaceChildren();
addEventListener("pagehide", () => stop.abort());
// A page that comes back from the browser's cache was stopped when it was left.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void run();
});
void run();
