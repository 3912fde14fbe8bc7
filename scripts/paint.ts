// How soon a phone shows the page of a room over slow 3G: `bun scripts/paint.ts`. Prints figures of five loads, cold caches, and judges nothing:
// a machine that is busy with something else is no slow page.
import { openParty } from "../test/support/party.ts";

/** Slow 3G as browsers' own tools have it: 400 ms before a byte comes, 400 kbit/s. */
const SLOW_3G = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const LOADS = 5;
/** This machine, and what a guest's phone may be. */
const CPU_SLOWER = [1, 4];

interface Figures {
  readonly html: number;
  readonly paint: number;
  readonly ready: number;
}

const party = await openParty();
const tv = await party.tv();
for (const path of [`/${tv.code}`, "/"])
  for (const rate of CPU_SLOWER) {
    const loads: Figures[] = [];
    for (let load = 0; load < LOADS; load++) {
      const { page, context } = await party.people.person("phone");
      const cdp = await context.newCDPSession(page);
      await cdp.send("Network.enable");
      await cdp.send("Network.emulateNetworkConditions", SLOW_3G);
      await cdp.send("Emulation.setCPUThrottlingRate", { rate });
      await page.goto(party.origin + path);
      await page.waitForFunction("performance.getEntriesByName('first-contentful-paint').length > 0");
      loads.push(
        (await page.evaluate(`(() => {
        const [{ responseEnd, domContentLoadedEventEnd }] = performance.getEntriesByType("navigation");
        const [{ startTime }] = performance.getEntriesByName("first-contentful-paint");
        return { html: responseEnd, paint: startTime - responseEnd, ready: domContentLoadedEventEnd - responseEnd };
      })()`)) as Figures,
      );
      await context.close();
    }
    const median = (of: (figures: Figures) => number) =>
      Math.round(loads.map(of).sort((a, b) => a - b)[LOADS >> 1] ?? 0);
    const name = path === "/" ? "first page" : "phone page";
    console.log(
      `${name}: HTML after ${median(({ html }) => html)} ms, first paint ${median(({ paint }) => paint)} ms later, ` +
        `its script has run ${median(({ ready }) => ready)} ms later (medians of ${LOADS}, slow 3G, CPU ÷ ${rate})`,
    );
  }
await party.end();
process.exit();
