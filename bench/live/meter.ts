// Who had the machine during a window: the server, this process, and everybody who has no part in it. On a shared machine a figure
// without the last one is no figure.

import { cpuNs, machineBusyNs } from "../usage.ts";

const NS_PER_MS = 1_000_000;

/** Shares of one core. */
export interface Use {
  serverUse: number;
  clientUse: number;
  /** NaN where it cannot be known. */
  othersUse: number;
}

/** Begins to measure; the answer ends it. @param pids the server's, and others that belong to the run besides this process */
export function measureUse(pids: { readonly server: number; readonly others: readonly number[] }): () => Use {
  const read = () => ({
    at: performance.now(),
    server: cpuNs(pids.server),
    client: cpuNs(process.pid),
    ours: pids.others.reduce((sum, pid) => sum + cpuNs(pid), 0),
    machine: machineBusyNs() ?? Number.NaN,
  });
  const before = read();
  return () => {
    const now = read();
    const wallNs = (now.at - before.at) * NS_PER_MS;
    const share = (figure: "server" | "client" | "ours" | "machine") => (now[figure] - before[figure]) / wallNs;
    const [serverUse, clientUse] = [share("server"), share("client")];
    return { serverUse, clientUse, othersUse: Math.max(0, share("machine") - serverUse - clientUse - share("ours")) };
  };
}
