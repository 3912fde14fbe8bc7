// What the doctor, the monitor, the playground, the overlay and the page of the documents weigh, with all that they load when they open, as it goes over the wire. The sleep test loads
// the client besides, when it is started: that has a size of its own (test/sdk/size.test.ts).
import { expect, test } from "bun:test";
import assets from "../../pages/built/assets.json";

const BYTES_MAX = { doctor: 18_000, monitor: 20_000, playground: 30_000, overlay: 12_000, docs: 15_000 } as const;

/** Script, sheet and the page itself, packed as the server packs them. */
function weight(name: string): number {
  const parts = Object.entries(assets).filter(
    ([path]) =>
      path === `${name}.html` || path.startsWith(`/pages/${name}.`) || path.startsWith(`/pages/${name}-worker.`),
  );
  expect(parts.length).toBe(name === "playground" ? 4 : 3);
  return parts.reduce((sum, [, { text }]) => sum + Bun.gzipSync(text, { level: 9 }).length, 0);
}

for (const [name, bytesMax] of Object.entries(BYTES_MAX)) {
  test(`/${name} weighs at most ${bytesMax} bytes with all that it loads when it opens`, () => {
    expect(weight(name)).toBeLessThanOrEqual(bytesMax);
  });
}
