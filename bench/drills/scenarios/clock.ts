// Wrong clocks: a snapshot that is older than it may be, and one that says it is from the future, are put aside with a log line,
// and the server starts clean. The control, a server whose clock is right, takes the same snapshot up.

import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { Crowd } from "../crowd.ts";
import type { Scenario } from "../outcome.ts";
import { complaints, roomsKnown } from "../snapshots.ts";

const ROOMS = 20;
/** Debian has it beside the libraries of its architecture, others straight in lib. */
const PLACES = ["lib/*/faketime/libfaketime.so.1", "lib*/faketime/libfaketime.so.1"];
const library = PLACES.flatMap((place) => [...new Glob(place).scanSync({ cwd: "/usr", onlyFiles: false })])[0];

const CASES = [
  { name: "clock right", offset: null, takesUp: true },
  { name: "ten minutes later", offset: "+10m", takesUp: false },
  { name: "ten minutes earlier", offset: "-10m", takesUp: false },
];

export const clock: Scenario = {
  name: "clock",
  about: `${ROOMS} rooms, drained; the next server's clock is right, ten minutes ahead, ten minutes behind (libfaketime)`,
  secondsMax: 60,
  obstacle: () => (library === undefined ? "there is no libfaketime here (apt-get install faketime)" : null),
  async run({ accountant, rooms, note, expect }) {
    const dataDir = newDataDir();
    const victim = await ServerProcess.start({ dataDir, env: { LIMITS: "off", DRAIN_SECONDS: "1" } });
    const crowd = await Crowd.gather(
      { url: victim.url, rooms: ROOMS, size: 2, opening: { away: 300, history: 64 } },
      accountant,
    );
    rooms.before = await victim.metric("partyline_rooms");
    crowd.talk(10);
    await Bun.sleep(2_000);
    crowd.hush();
    await victim.drain();
    expect(existsSync(join(dataDir, "rooms.snapshot")), "the drain left no rooms.snapshot");
    for (const { name, offset, takesUp } of CASES) {
      const copy = newDataDir();
      cpSync(dataDir, copy, { recursive: true });
      const faked = { LD_PRELOAD: `/usr/${library}`, FAKETIME: offset ?? "", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
      // Only the one whose clock is right is where the members look for it.
      const port = takesUp ? victim.port : 0;
      const next = await ServerProcess.start({
        dataDir: copy,
        port,
        env: { LIMITS: "off", ...(offset === null ? {} : faked) },
      });
      const found = await roomsKnown(next, crowd);
      const said = complaints(next);
      note(`${name}: ${found} rooms; ${said[0]?.text ?? "no complaint"}; ${readdirSync(copy).join(" ")}`);
      if (takesUp) {
        rooms.after = found;
        await crowd.settle(20_000);
      } else {
        expect(found === 0, `${name}: ${found} rooms were taken up`);
        expect(said.length > 0, `${name}: nothing in the log about the snapshot`);
      }
      await next.kill();
    }
  },
};
