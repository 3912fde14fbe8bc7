// What the figures were measured on, and the two levers on it: which core the servers get and which one the load
// generator gets. On one core, or without `taskset`, the two steal time from each other, and the report has to say so.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

export interface Machine {
  cores: number;
  cpuModel: string;
  bun: string;
  platform: string;
  pinned: boolean;
  /** In front of a server's command line; empty where nothing can be pinned. */
  serverPrefix: string[];
  /** In front of a command that may use every core, though this process may not. */
  unpinnedPrefix: string[];
}

/** "0-1,4" → [0, 1, 4]. */
function parseCpuList(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [first, last] = part.split("-").map(Number);
    if (first === undefined || Number.isNaN(first)) return [];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
  });
}

/** The cores this process may use: fewer than the machine has, in a container. */
function allowedCpus(): number[] {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return parseCpuList(/Cpus_allowed_list:\s*(\S+)/.exec(status)?.[1] ?? "");
  } catch {
    return [];
  }
}

/** Moves this process, with all its threads, to a core of its own. Servers are started on the other one. */
export function settle(): Machine {
  const allowed = allowedCpus();
  const [serverCpu, clientCpu] = allowed;
  const taskset = Bun.which("taskset");
  const machine: Machine = {
    cores: allowed.length || cpus().length,
    cpuModel: cpus()[0]?.model ?? "unknown",
    bun: Bun.version,
    platform: `${process.platform} ${process.arch}`,
    pinned: false,
    serverPrefix: [],
    unpinnedPrefix: [],
  };
  if (taskset === null || serverCpu === undefined || clientCpu === undefined) return machine;
  const moved = Bun.spawnSync([taskset, "-a", "-c", "-p", String(clientCpu), String(process.pid)]);
  if (moved.exitCode !== 0) return machine;
  machine.pinned = true;
  machine.serverPrefix = [taskset, "-c", String(serverCpu)];
  machine.unpinnedPrefix = [taskset, "-c", allowed.join(",")];
  return machine;
}
