// What the first page and the phone's cost who opens them: HTML, style and script, as they come over the wire.
import { expect, test } from "bun:test";
import assets from "../../pages/built/assets.json";

/** Bytes, packed. Polls, a countdown and who watches took 600 of them. */
const BUDGETS = { home: 20_000, phone: 14_000 } as const;

for (const [name, bytesMax] of Object.entries(BUDGETS))
  test(`the ${name} page has at most ${bytesMax.toLocaleString("en")} bytes, with all that it loads`, () => {
    const all = Object.entries(assets);
    const [, page] = all.find(([path]) => path === `${name}.html`) ?? [];
    const links = [...(page?.text ?? "").matchAll(/(?:src|href)="(\/pages\/[^"]+)"/g)].map(([, path]) => path);
    expect(links).toHaveLength(2);
    const loaded = all.filter(([path]) => links.includes(path)).map(([, asset]) => asset);
    expect(loaded).toHaveLength(2);
    // Nothing of it loads more: no sheet another one, no script a module.
    for (const { text } of loaded) expect(text).not.toMatch(/@import|url\((?!#)|\bimport\s*\(|\bfrom\s*"/);
    const bytes = [page, ...loaded].reduce(
      (sum, asset) => sum + Bun.gzipSync(asset?.text ?? "", { level: 9 }).length,
      0,
    );
    expect(bytes).toBeLessThanOrEqual(bytesMax);
  });
