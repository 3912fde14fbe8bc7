// What a process has used, read from outside: CPU time from the kernel's own clock of that process, resident memory from
// /proc. A wall clock would measure the machine; this measures the server, whatever else runs beside it.

import { dlopen, ptr } from "bun:ffi";
import { readdirSync, readFileSync } from "node:fs";

const NS_PER_SECOND = 1_000_000_000;
const NS_PER_USER_TICK = 10_000_000; // USER_HZ is 100 on every Linux
const BYTES_PER_KB = 1024;

type CpuClock = (pid: number) => number | null;

/**
 * `clock_gettime` on the CPU clock of another process (what clock_getcpuclockid returns): nanoseconds, all threads, dead
 * ones too. Preferred to schedstat because that file lags a running thread by up to one scheduler tick, 1 % of a short window.
 */
function kernelClock(): CpuClock | null {
  try {
    const libc = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
    const timespec = new BigInt64Array(2);
    return (pid) => {
      const CPUCLOCK_SCHED = 2;
      if (libc.symbols.clock_gettime((~pid << 3) | CPUCLOCK_SCHED, ptr(timespec)) !== 0) return null;
      return Number(timespec[0]) * NS_PER_SECOND + Number(timespec[1]);
    };
  } catch {
    return null; // another libc: musl, macOS
  }
}

const schedstatClock: CpuClock = (pid) => {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    }
    return ns;
  } catch {
    return null; // a kernel without schedstat, or a thread that ended between the two reads
  }
};

/** Steps of 10 ms: only so that there is a figure at all. */
const statClock: CpuClock = (pid) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * NS_PER_USER_TICK;
  } catch {
    return null;
  }
};

const CLOCKS: [name: string, clock: CpuClock | null][] = [
  ["clock_gettime", kernelClock()],
  ["schedstat", schedstatClock],
  ["stat", statClock],
];
const [clockName, clock] = CLOCKS.find(([, read]) => read?.(process.pid) != null) ?? ["none", null];

/** Named in the output: a reader should know how fine the figure is. */
export const cpuClockName = clockName;

export function cpuNs(pid: number): number {
  const ns = clock?.(pid) ?? null;
  if (ns === null) throw new Error(`no CPU clock for process ${pid}: it has ended, or this system has none`);
  return ns;
}

/**
 * CPU time of the whole machine that was not idle, all cores, time stolen by other guests included. Null without /proc.
 * Next to our own it tells how much of the machine somebody else had while we measured.
 */
export function machineBusyNs(): number | null {
  try {
    const fields = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields;
    return (user + nice + system + irq + softirq + steal) * NS_PER_USER_TICK;
  } catch {
    return null;
  }
}

export function rssBytes(pid: number): number {
  const kb = /VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kb === undefined) throw new Error(`no VmRSS for process ${pid}`);
  return Number(kb) * BYTES_PER_KB;
}
