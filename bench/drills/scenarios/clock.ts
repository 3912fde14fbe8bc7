// Wrong clocks: a snapshot that is older than it may be, and one that says it is from the future, are put aside with a log line,
// and the server starts clean. The control, a server whose clock is right, takes the same snapshot up.

import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import type { Scenario } from "../scene.ts";

const ROOMS = 20;
/** Debian has it beside the libraries of its architecture, others straight in lib. */
const PLACES = ["lib/*/faketime/libfaketime.so.1", "lib*/faketime/libfaketime.so.1"];
const library = PLACES.flatMap((place) => [...new Glob(place).scanSync({ cwd: "/usr", onlyFiles: false })])[0];

const CASES = [
  { name: "clock right", offset: null },
  { name: "ten minutes later", offset: "+10m" },
  { name: "ten minutes earlier", offset: "-10m" },
];

export const clock: Scenario = {
  name: "clock",
  about: `${ROOMS} rooms, drained; the next server's clock is right, ten minutes ahead, ten minutes behind (libfaketime)`,
  secondsMax: 60,
  obstacle: () => (library === undefined ? "no libfaketime here: apt-get install faketime (dnf: libfaketime)" : null),
  async run(scene) {
    const plan = { rooms: ROOMS, size: 2, opening: { away: 300 } };
    const { server, crowd } = await scene.begin(plan, 10, { env: { DRAIN_SECONDS: "1" } });
    await Bun.sleep(2_000);
    crowd.hush();
    await server.drain();
    scene.expect(existsSync(join(server.dataDir, "rooms.snapshot")), "the drain left no rooms.snapshot");
    for (const { name, offset } of CASES) {
      const dataDir = newDataDir();
      cpSync(server.dataDir, dataDir, { recursive: true });
      const faked = { LD_PRELOAD: `/usr/${library}`, FAKETIME: offset ?? "", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
      const next = await ServerProcess.start({
        dataDir,
        // Only the one whose clock is right is where the members look for it.
        port: offset === null ? server.port : 0,
        env: { LIMITS: "off", ...(offset === null ? {} : faked) },
      });
      const found = await crowd.knownTo(next);
      const said = next.complaints();
      scene.note(`${name}: ${found} rooms; ${said[0]?.text ?? "no complaint"}; ${readdirSync(dataDir).join(" ")}`);
      if (offset === null) {
        scene.rooms.after = found;
        await crowd.settle(20_000);
      } else {
        scene.expect(found === 0, `${name}: ${found} rooms were taken up`);
        scene.expect(said.length > 0, `${name}: nothing in the log about the snapshot`);
      }
      await next.kill();
    }
  },
};
