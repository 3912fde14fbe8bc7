// The unit for systemd, as systemd itself reads it; and what it says beside what the server needs.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { settingRows } from "../../src/config.ts";
import { folderOf } from "../support/folder.ts";
import { firstThatRuns, needs } from "../support/needs.ts";

const UNIT = await Bun.file(join(import.meta.dir, "../../deploy/partyline.service")).text();
const analyze = await needs("systemd-analyze (Debian: systemd)", () =>
  firstThatRuns([["systemd-analyze", "--version"]]),
);

const valuesOf = (name: string) =>
  [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);

test("[O9] the unit gives the server its time to stop, its folder, its descriptors and the network of its addresses", () => {
  const { settings } = settingRows();
  const drainSeconds = Number(settings.find(({ name }) => name === "DRAIN_SECONDS")?.fallback);
  expect(Number(valuesOf("TimeoutStopSec")[0])).toBeGreaterThanOrEqual(drainSeconds + 20);
  const names = valuesOf("Environment").map((row) => row.split("=")[0]);
  expect(names.filter((name) => name !== "NODE_ENV" && !settings.some((setting) => setting.name === name))).toEqual([]);
  expect(valuesOf("Environment")).toContain(`DATA_DIR=/var/lib/${valuesOf("StateDirectory")[0]}`);
  expect(valuesOf("LimitNOFILE")).toEqual(["65536"]);
  // Without netlink a machine does not know its own addresses; with no memory that is written and run there is no compiler.
  expect(valuesOf("RestrictAddressFamilies")[0]?.split(" ")).toContain("AF_NETLINK");
  expect(valuesOf("MemoryDenyWriteExecute")).toEqual([]);
  expect(valuesOf("Restart")).toEqual(["always"]);
});

analyze.test("[O9] systemd takes the unit without a word, and finds little that it leaves open", async () => {
  // It looks whether the program is there.
  const here = UNIT.replace("/usr/local/bin/bun", process.execPath);
  expect(here).not.toBe(UNIT);
  using folder = folderOf({ "partyline.service": here });
  const path = join(folder.path, "partyline.service");
  /** Of 100; systemd's own services are at 20 to 96. */
  const exposureMax = 20;
  for (const args of [
    ["verify", "--man=no", path],
    ["security", "--offline=true", "--no-pager", `--threshold=${exposureMax}`, path],
  ]) {
    const child = Bun.spawn([analyze.get(), ...args], { stdout: "pipe", stderr: "pipe" });
    const [out, problem] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    expect([args[0], await child.exited, problem, args[0] === "verify" ? out : ""]).toEqual([args[0], 0, "", ""]);
  }
});
