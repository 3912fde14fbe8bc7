// What the sources of pages must not hold: ways around the policy they are served with, and what browsers keep for secure pages used as if
// every page had it. The policy stops some of it in the browser; here it is seen before anybody opens one.
import { expect, test } from "bun:test";
import { join } from "node:path";

const PAGES = join(import.meta.dir, "../pages");

/** Never there. */
const NEVER = [
  /\b(?:inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b/,
  /\bdangerouslySetInnerHTML\b/,
  /\bdocument\s*\.\s*write(?:ln)?\b/,
  /\beval\s*\(/,
  /\bnew\s+Function\b|\bFunction\s*\(/,
  /\bset(?:Timeout|Interval)\s*\(\s*["'`]/,
  /\bcreateContextualFragment\b|\bDOMParser\b|\bsetHTMLUnsafe\b|\bsrcdoc\b/i,
  /\bserviceWorker\s*\??\.\s*register\b/,
  /\bdocument\s*\.\s*cookie\b|\bcookieStore\b/,
  /\bsendBeacon\b/,
  /["'`]javascript:/i,
];
/** Missing on http://192.168.…: called as if it were not. Asked for with `?.`, or within a `try`, it is no fault. */
const SECURE =
  /\b(?:navigator|crypto)\s*\.\s*(?:clipboard|share|wakeLock|locks|randomUUID|subtle|mediaDevices)\s*[.(]/g;

/** What is wrong with a source. */
function faultsOf(source: string): string[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/[^\n]*/g, "");
  const never = NEVER.flatMap((pattern) => code.match(pattern)?.[0] ?? []);
  const unasked = [...code.matchAll(SECURE)]
    .filter(({ index }) => code.lastIndexOf("try {", index) <= code.lastIndexOf("catch", index))
    .map(([found]) => found);
  return [...never, ...unasked];
}

test("[H19] no source of a page makes markup or code out of a text, keeps a cookie, or calls what only secure pages have", async () => {
  let count = 0;
  for await (const path of new Bun.Glob("**/*.{ts,tsx,css,html}").scan(PAGES)) {
    count++;
    expect([path, faultsOf(await Bun.file(join(PAGES, path)).text())]).toEqual([path, []]);
  }
  expect(count).toBeGreaterThan(10);
});

test("[H19] and if one did, it would be found", () => {
  const bad = [
    "element.innerHTML = text;",
    "element.outerHTML = text;",
    'element.insertAdjacentHTML("beforeend", text);',
    "<p dangerouslySetInnerHTML={{ __html: text }} />",
    "document.write(text);",
    "eval(text);",
    "new Function(text)();",
    'setTimeout("x()", 1);',
    'navigator.serviceWorker.register("/x.js");',
    "navigator.serviceWorker?.register(path);",
    "document.cookie = text;",
    '<a href="javascript:x()">',
    "const id = crypto.randomUUID();",
    "await crypto.subtle.digest(name, bytes);",
    "await navigator.clipboard.writeText(text);",
    "try { x(); } catch { } await navigator.clipboard.writeText(text);",
    'await navigator.wakeLock.request("screen");',
    "await navigator.share(data);",
  ];
  for (const source of bad) expect([source, faultsOf(source).length]).toEqual([source, 1]);
  const good = [
    "// No innerHTML here.\nx();",
    "/** Never eval(text). */",
    "await navigator.clipboard?.writeText(text);",
    "try { await navigator.clipboard.writeText(text); } catch { shown = text; }",
    'await navigator.wakeLock?.request("screen");',
    "const missing = [navigator.clipboard, navigator.serviceWorker];",
    "crypto.getRandomValues(bytes);",
    'const url = "https://party.example"; const evaluation = 1;',
  ];
  for (const source of good) expect([source, faultsOf(source)]).toEqual([source, []]);
});
