// The process: arguments, settings, signals, exit codes, the data folder. How the server is put together, src/app.ts knows.
import { readFileSync } from "node:fs";
import { constants, networkInterfaces } from "node:os";
import { join } from "node:path";
import { type Partyline, type ServerResources, serve } from "./src/app.ts";
import { ensureFolder, KeyError, newAdminKey, signingSecret } from "./src/auth/keys.ts";
import { Control } from "./src/backup/control.ts";
import { whyHalf } from "./src/backup/pieces.ts";
import { help, isHealthy, startLines, whyNoPort } from "./src/cli.ts";
import { systemClock } from "./src/clock.ts";
import { type Config, ConfigError, namesToCheck, readConfig } from "./src/config.ts";
import { engineThreadsGiveWay } from "./src/doors/engineThreads.ts";
import { here, isContained } from "./src/doors/here.ts";
import { portProblem } from "./src/doors/listen.ts";
import { type Log, openLog, readableOut } from "./src/log.ts";
import { lockFile, Store, StoreError, StoreInUseError } from "./src/sessions/store/store.ts";
import { SnapshotFile } from "./src/snapshot/file.ts";

/** A SIGINT so soon after another is the same one. */
const ECHO_MS = 500;
const { SIGHUP } = constants.signals;

async function main(): Promise<void> {
  const [argument] = Bun.argv.slice(2);
  if (argument === "--help" || argument === "-h") return console.log(help());
  const config = configOrExit();
  if (argument === "--health") process.exit((await isHealthy(config)) ? 0 : 1);
  if (argument === "--backup" || argument === "--restore") {
    const { backupCommand } = await import("./src/backup/command.ts");
    process.exit(await backupCommand(Bun.argv.slice(2), config.dataDir));
  }
  if (argument !== undefined) exitWith(`unknown argument ${JSON.stringify(argument)}; --help shows what there is`);
  const isForPerson = config.logFormat === "text" || (config.logFormat === "auto" && process.stdout.isTTY);
  const opened = openLog(config.logLevel, isForPerson ? await readableOut() : undefined);
  // The logs of several nodes are read together.
  const log = config.engineUrl === "" ? opened : opened.child({ instance: config.instance });
  for (const problem of namesToCheck()) log.warn(problem);
  // Both hooks are the last net: an error that the fault walls of the doors miss is a bug, is logged, and ends nobody's game.
  process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught exception"));
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));

  engineThreadsGiveWay(systemClock);
  const resources = resourcesOrExit(config, log);
  await resources.snapshot?.warm();
  const cluster = config.engineUrl === "" ? null : await clusterOrExit(config, log, resources);
  let partyline: Partyline;
  // The handlers stand before the rooms are restored: a signal that comes during that long turn is heard right after it.
  let leavingSince: number | null = null;
  const leave = (signal: NodeJS.Signals) => {
    // A terminal's Ctrl-C goes to `bun start` and to this process, and `bun start` passes it on: the second is the first once more.
    const isEcho = signal === "SIGINT" && leavingSince !== null && performance.now() - leavingSince < ECHO_MS;
    if (isEcho) return;
    if (leavingSince !== null) process.exit(1);
    leavingSince = performance.now();
    log.info({ signal, drainSeconds: config.drainSeconds }, "draining");
    const stopped = (areKept: boolean) => {
      control.stop();
      log.info({ areKept }, "stopped");
      process.exit(areKept ? 0 : 1);
    };
    partyline.drain().then(stopped, (error) => {
      log.error({ err: error }, "drain failed");
      process.exit(1);
    });
  };
  process.on("SIGTERM", leave);
  process.on("SIGINT", leave);
  // Its terminal was closed. Under `nohup` that shall not matter, and a handler would make it matter.
  if (!isIgnored(SIGHUP)) process.on("SIGHUP", leave);

  try {
    const nodes =
      cluster === null ? {} : { join: cluster.join.bind(cluster), keeper: cluster, roomClock: cluster.doorClock };
    partyline = serve(config, log, systemClock, { ...resources, ...nodes });
  } catch (error) {
    exitWith(whyNoPort(error, config));
  }
  const { port } = partyline;
  const control = Control.listen({ ...resources, log, keepsSessions: config.sessions === "here" });
  sayStart(config, port, resources, isForPerson);
  const { limits, host, sessionserverPort, roomCodeLength, publicDir } = config;
  const also = { sessionserverPort: sessionserverPort || undefined, publicDir: publicDir || undefined };
  log.info({ host, port, ...also, roomCodeLength, limits: printable(limits) }, "listening");
}

/** Says to the person who started the server what is for nobody else: on stderr, since the log is kept and read by others [S30][L43]. */
function sayStart(config: Config, port: number, { adminKey, dataDir }: Opened, isForPerson: boolean): void {
  const madeKey = config.adminKey === "" ? adminKey : null;
  if (isForPerson) {
    const found = here({ ...config, port, interfaces: networkInterfaces(), contained: isContained() });
    const lines = startLines({ here: found, host: config.host, port, madeKey, dataDir });
    // Not by `console.error`, which Bun writes in red on a terminal.
    process.stderr.write(["", ...lines, "", ""].join("\n"));
  } else if (madeKey !== null) {
    console.error(`ADMIN_KEY is not set. Until this server stops, the key of its API is ${madeKey}`);
    console.error("Set ADMIN_KEY to 16 characters or more of your own to keep one.");
  }
}

function configOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigError) exitWith(error.message);
    throw error;
  }
}

interface Opened extends ServerResources {
  /** The folder that they are in. */
  readonly dataDir: string;
}

/** Opens the files of the data folder, or ends the process; a file that cannot be opened is never overwritten. */
function resourcesOrExit(config: Config, log: Log): Opened {
  try {
    return openResources(config.dataDir, config);
  } catch (error) {
    if (!(error instanceof KeyError || error instanceof StoreError)) throw error;
    if (error instanceof StoreInUseError && !config.isDataDirSet) return resourcesBeside(config, log);
    exitWith(error.message);
  }
}

/** A developer may start two servers in one folder: where nobody set DATA_DIR, the second one takes a folder of its own. */
function resourcesBeside(config: Config, log: Log): Opened {
  // Asked now: a start that cannot have its port leaves no folder behind.
  const problem = portProblem(config);
  if (problem !== null) exitWith(whyNoPort(problem, config));
  const dataDir = `${config.dataDir}-${config.port || process.pid}`;
  log.warn({ dataDir }, "another server uses the data folder: this one has its own; set DATA_DIR to choose");
  return resourcesOrExit({ ...config, dataDir, isDataDirSet: true }, log);
}

/** @throws {KeyError | StoreError} whose message is one line for the operator */
function openResources(dataDir: string, config: Config): Opened {
  const { jwtSecret, adminKey, roomSnapshot, engineUrl, sessions, limits } = config;
  refuseHalf(dataDir);
  ensureFolder(dataDir);
  const secret = signingSecret(jwtSecret, dataDir);
  const isNode = engineUrl !== "";
  // Its last life is in the folder, whoever keeps the sessions.
  if (isNode) lockFile(join(dataDir, "node.lock"));
  const file = sessions === "here" ? join(dataDir, "sessions.sqlite") : ":memory:";
  const store = Store.open(file, limits.sessionsMiBMax * 1024 * 1024);
  // Again, now that the folder is ours: a restore makes its mark first and looks for a server after that.
  refuseHalf(dataDir);
  // In a cluster the engine keeps the rooms.
  const snapshot = roomSnapshot && !isNode ? new SnapshotFile(join(dataDir, "rooms.snapshot"), secret) : null;
  return { store, secret, adminKey: adminKey || newAdminKey(), snapshot, dataDir };
}

/** @throws {StoreError} where half of a backup may be in the folder [O6] */
function refuseHalf(dataDir: string): void {
  const half = whyHalf(dataDir);
  if (half !== null) throw new StoreError(half);
}

/** Makes this process a node of a cluster, or ends it [N12]. Loaded only here: one node alone has no line of it. */
async function clusterOrExit(config: Config, log: Log, { secret, dataDir }: Opened) {
  const { Cluster } = await import("./src/cluster/cluster.ts");
  const onTaken = () => process.kill(process.pid, "SIGTERM");
  try {
    return await Cluster.open({ config, secret, log, clock: systemClock, dataDir, onTaken });
  } catch (error) {
    // Whatever it is: a process that goes on without its cluster would serve rooms that others own.
    exitWith(error instanceof Error ? error.message : String(error));
  }
}

function exitWith(problem: string): never {
  console.error(`partyline cannot start: ${problem}`);
  process.exit(1);
}

/** Whether whoever started this process had it ignore a signal; false where the system does not say. */
function isIgnored(signal: number): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}

/** The limits for the log: a lifted one is "off", since JSON has no Infinity. */
function printable(limits: Config["limits"]): Record<string, number | "off"> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, Number.isFinite(value) ? value : "off"]),
  );
}

if (import.meta.main) await main();
