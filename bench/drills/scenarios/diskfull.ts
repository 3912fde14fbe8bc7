// The disk is full when rooms that were opened are to be appended to the snapshot: rooms play on, the log says so, and what was kept before
// stays. When there is room again, a new one has all. That means that a server can be started from it: its format is nobody's business here.

import { copyFileSync, existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { newDataDir, ServerProcess } from "../../serverProcess.ts";
import { until } from "../../wait.ts";
import type { Crowd } from "../crowd.ts";
import { NotHere, type Scenario } from "../scene.ts";

const ROOMS = 40;
/** With a state that makes the snapshot a third of the disk. */
const OPENING = { history: 32, state: "x".repeat(8 * 1024) };
const DISK = "2m";
const ROOMS_WHEN_FULL = 4;
const FULL_MS = 9_000;
const SNAPSHOT_MS_MAX = 10_000;
/** A snapshot is read by a server with the same secret alone. */
const ENV = { LIMITS: "off", JWT_SECRET: `${crypto.randomUUID()}${crypto.randomUUID()}` };

export const diskfull: Scenario = {
  name: "diskfull",
  about: `DATA_DIR on a tmpfs of ${DISK} that is filled up while ${ROOMS} rooms play`,
  secondsMax: 90,
  inside: ["--mount"],
  async run(scene) {
    const dataDir = newTinyDisk(DISK);
    const file = join(dataDir, "rooms.snapshot");
    const isNewer = (ms: number) => existsSync(file) && statSync(file).mtimeMs > ms;
    const { server, crowd } = await scene.begin({ rooms: ROOMS, size: 3, opening: OPENING }, 2, { dataDir, env: ENV });
    // One that was begun when all rooms were there.
    const openedAt = Date.now();
    await until(SNAPSHOT_MS_MAX, () => isNewer(openedAt + 2_000));
    scene.expect(isNewer(openedAt), `no rooms.snapshot within ${SNAPSHOT_MS_MAX / 1000} s`);

    const logLine = server.logged.length;
    Bun.spawnSync(["dd", "if=/dev/zero", `of=${join(dataDir, "filler")}`, "bs=1k"]);
    // Talk alone writes nothing, and what is little may find room in a block that the file has.
    const full = await scene.gather(server, { rooms: ROOMS_WHEN_FULL, size: 2, opening: OPENING, name: "full" });
    await Bun.sleep(FULL_MS);
    const said = server.complaints(logLine);
    scene.note(`full: ${said.length} complaints in the log: ${said[0]?.text ?? ""}`);
    scene.expect(said.length > 0, "the disk was full, and the log does not say so");
    scene.rooms.after = await roomsIn(file, crowd);
    scene.note(`full: a server started from the snapshot has ${scene.rooms.after} rooms`);

    rmSync(join(dataDir, "filler"));
    const freedAt = Date.now();
    const late = await scene.gather(server, { rooms: 1, size: 2, opening: OPENING, name: "late" });
    await until(SNAPSHOT_MS_MAX, () => isNewer(freedAt + 1_000));
    const crowds = [crowd, full, late];
    let found = 0;
    for (const one of crowds) found += await roomsIn(file, one);
    const opened = ROOMS + ROOMS_WHEN_FULL + 1;
    scene.expect(found === opened, `after room was made the snapshot has ${found} of ${opened} rooms`);
    scene.expect(server.isRunning, "the server ended");
    for (const one of crowds.reverse()) await one.settle();
  },
};

/** A folder on a disk of its own, so small, in the mount namespace of this process. @throws {NotHere} with what `mount` said */
function newTinyDisk(size: string): string {
  const dataDir = newDataDir();
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dataDir]);
  if (mounted.exitCode !== 0) throw new NotHere(`no tmpfs: ${mounted.stderr.toString().trim()}`);
  // Before the folders are removed: a folder that is mounted on cannot be.
  process.prependListener("exit", () => Bun.spawnSync(["umount", "-l", dataDir]));
  return dataDir;
}

/** How many of the crowd's rooms a server has that starts from a copy of this snapshot. */
async function roomsIn(file: string, crowd: Crowd): Promise<number> {
  if (!existsSync(file)) return 0;
  const dataDir = newDataDir();
  copyFileSync(file, join(dataDir, "rooms.snapshot"));
  const reader = await ServerProcess.start({ dataDir, env: ENV });
  const found = await crowd.knownTo(reader);
  await reader.kill();
  return found;
}
