// What the figures were measured on, and the two levers on it: which core the servers get and which one the load
// generator gets. On one core, or without `taskset`, the two steal time from each other, and the report has to say so.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

export interface Machine {
  about: string;
  /** In front of a server's command line; empty where nothing can be pinned. */
  serverPrefix: string[];
  /** In front of a command that may use every core, though this process may not. */
  unpinnedPrefix: string[];
}

function parseCpuList(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [first, last] = part.split("-").map(Number);
    if (first === undefined || Number.isNaN(first)) return [];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, i) => first + i);
  });
}

/** Moves this process, with all its threads, to a core of its own. Servers are started on the other one. */
export function settle(): Machine {
  // The cores this process may use: fewer than the machine has, in a container.
  const allowed = parseCpuList(/Cpus_allowed_list:\s*(\S+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "");
  const [serverCpu, clientCpu] = allowed;
  const model = `${allowed.length} cores (${cpus()[0]?.model}), Bun ${Bun.version}`;
  const taskset = Bun.which("taskset");
  const pin = ["-a", "-c", "-p", String(clientCpu), String(process.pid)];
  if (taskset === null || clientCpu === undefined || Bun.spawnSync([taskset, ...pin]).exitCode !== 0) {
    const about = `${model}; NOT PINNED: servers and load share cores, so figures are noisier`;
    return { about, serverPrefix: [], unpinnedPrefix: [] };
  }
  return {
    about: `${model}; servers on one core, load on another`,
    serverPrefix: [taskset, "-c", String(serverCpu)],
    unpinnedPrefix: [taskset, "-c", allowed.join(",")],
  };
}
