// The process: arguments, settings, signals, exit codes, the data folder. Nothing else lives here.
import { join } from "node:path";
import { type Owned, type Partyline, serve } from "./src/app.ts";
import { ensureFolder, KeyError, newAdminKey, signingSecret } from "./src/auth/keys.ts";
import { help, isHealthy } from "./src/cli.ts";
import { systemClock } from "./src/clock.ts";
import { type Config, ConfigError, namesToCheck, readConfig } from "./src/config.ts";
import { type Log, openLog } from "./src/log.ts";
import { Store, StoreError, StoreInUseError } from "./src/sessions/store/store.ts";
import { SnapshotFile } from "./src/snapshot/file.ts";

async function main(): Promise<void> {
  const [argument] = Bun.argv.slice(2);
  if (argument === "--help" || argument === "-h") return console.log(help());
  const config = configOrExit();
  if (argument === "--health") process.exit((await isHealthy(config)) ? 0 : 1);
  if (argument !== undefined) exitWith(`unknown argument ${JSON.stringify(argument)}; --help shows what there is`);
  const log = openLog(config.logLevel);
  for (const problem of namesToCheck()) log.warn(problem);
  // The last wall: whatever gets past the handlers is a bug, is logged, and ends nobody's game.
  process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught exception"));
  process.on("unhandledRejection", (error) => log.error({ err: error }, "unhandled rejection"));

  let partyline: Partyline;
  // Before the rooms are taken up: a signal while that lasts is heard when it is done.
  let isLeaving = false;
  const leave = (signal: NodeJS.Signals) => {
    if (isLeaving) process.exit(1);
    isLeaving = true;
    log.info({ signal, drainSeconds: config.drainSeconds }, "draining");
    const stopped = (areKept: boolean) => {
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

  const owned = ownedOrExit(config, log);
  try {
    partyline = serve(config, log, systemClock, owned);
  } catch (error) {
    const also = config.sessionserverPort > 0 ? ` and ${config.sessionserverPort}` : "";
    exitWith(`cannot serve on ${config.host}:${config.port}${also}: ${error instanceof Error ? error.message : error}`);
  }
  const { limits, host, sessionserverPort, roomCodeLength } = config;
  const ports = { port: partyline.port, sessionserverPort: sessionserverPort || undefined };
  log.info({ host, ...ports, roomCodeLength, limits: printable(limits) }, "listening");
  // On stderr, for the person who started it: the log is kept, and read by others.
  if (config.adminKey === "") {
    console.error(`ADMIN_KEY is not set. Until this server stops, the key of its API is ${owned.adminKey}`);
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

/** Opens what is kept in the data folder; what cannot be opened is never overwritten. */
function ownedOrExit(config: Config, log: Log): Owned {
  try {
    return ownedIn(config.dataDir, config);
  } catch (error) {
    if (!(error instanceof KeyError || error instanceof StoreError)) throw error;
    if (error instanceof StoreInUseError && !config.isDataDirSet) return ownedBeside(config, log);
    exitWith(error.message);
  }
}

/** Two servers that a developer starts in one folder: nobody said where the second keeps its things, so it has a folder of its own. */
function ownedBeside(config: Config, log: Log): Owned {
  const dataDir = `${config.dataDir}-${config.port || process.pid}`;
  log.warn({ dataDir }, "another server uses the data folder: this one has its own; set DATA_DIR to choose");
  return ownedOrExit({ ...config, dataDir, isDataDirSet: true }, log);
}

/** @throws {KeyError | StoreError} one line for the operator */
function ownedIn(dataDir: string, { jwtSecret, adminKey, roomSnapshot, limits }: Config): Owned {
  ensureFolder(dataDir);
  const secret = signingSecret(jwtSecret, dataDir);
  const store = Store.open(join(dataDir, "sessions.sqlite"), limits.sessionsMiBMax * 1024 * 1024);
  const snapshot = roomSnapshot ? new SnapshotFile(join(dataDir, "rooms.snapshot"), secret) : null;
  return { store, secret, adminKey: adminKey || newAdminKey(), snapshot };
}

function exitWith(problem: string): never {
  console.error(`partyline cannot start: ${problem}`);
  process.exit(1);
}

/** Lifted limits as words: JSON has no Infinity. */
function printable(limits: Config["limits"]): Record<string, number | "off"> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, Number.isFinite(value) ? value : "off"]),
  );
}

if (import.meta.main) await main();
