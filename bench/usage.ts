// What a process has used, read from outside: CPU time from the kernel's own clock of that process, resident memory from
// /proc. A wall clock would measure the machine; this measures the server, whatever else runs beside it. Linux with glibc only.

import { dlopen, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";

const NS_PER_SECOND = 1_000_000_000;
const BYTES_PER_KB = 1024;
const CPUCLOCK_SCHED = 2;

let libc: ReturnType<typeof openLibc> | null = null;
const timespec = new BigInt64Array(2);

function openLibc() {
  return dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
}

/**
 * `clock_gettime` on the CPU clock of another process (what clock_getcpuclockid returns): nanoseconds, all threads, dead
 * ones too. Preferred to /proc because its files lag a running thread by up to one scheduler tick, 1 % of a short window.
 */
export function cpuNs(pid: number): number {
  libc ??= openLibc();
  if (libc.symbols.clock_gettime((~pid << 3) | CPUCLOCK_SCHED, ptr(timespec)) !== 0) {
    throw new Error(`no CPU clock for process ${pid}: it has ended`);
  }
  return Number(timespec[0]) * NS_PER_SECOND + Number(timespec[1]);
}

export function rssBytes(pid: number): number {
  const kb = /VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kb === undefined) throw new Error(`no VmRSS for process ${pid}`);
  return Number(kb) * BYTES_PER_KB;
}
