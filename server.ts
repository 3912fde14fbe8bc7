// Where things meet: settings → rooms, sessions, relay → doors → Bun.serve, and the signals that end it. Nothing else lives here.
import { join } from "node:path";
import { customAlphabet } from "nanoid";
import { help, isHealthy } from "./src/cli.ts";
import { type Config, ConfigError, readConfig } from "./src/config.ts";
import { Dialects } from "./src/dialects/index.ts";
import { live } from "./src/dialects/live/codec.ts";
import { sessionserver } from "./src/dialects/sessionserver/codec.ts";
import { SocketBroadcast } from "./src/doors/broadcast.ts";
import { guarded, systemClock } from "./src/doors/clock.ts";
import { drain } from "./src/doors/drain.ts";
import { Faults } from "./src/doors/faults.ts";
import { Guesses } from "./src/doors/guesses.ts";
import type { HttpParts } from "./src/doors/http/routes.ts";
import { Intake } from "./src/doors/intake.ts";
import { Keeper } from "./src/doors/keeper.ts";
import { ensureFolder, isSameKey, KeyError, newAdminKey, signingSecret } from "./src/doors/keys.ts";
import { Ledger } from "./src/doors/ledger.ts";
import { type Listening, listen } from "./src/doors/listen.ts";
import { Liveness } from "./src/doors/liveness.ts";
import { Logins } from "./src/doors/logins.ts";
import { SocketOutlet } from "./src/doors/outlet.ts";
import { Quota } from "./src/doors/quota.ts";
import { secrets } from "./src/doors/secrets.ts";
import { SnapshotFile } from "./src/doors/snapshot.ts";
import { socketHandlers } from "./src/doors/socket.ts";
import { Tidy } from "./src/doors/tidy.ts";
import { Tokens } from "./src/doors/tokens.ts";
import { isAllowed, type UpgradeParts } from "./src/doors/upgrade.ts";
import { FIXED } from "./src/limits.ts";
import { type Log, openLog } from "./src/log.ts";
import { Metrics } from "./src/metrics.ts";
import { Relay } from "./src/relay.ts";
import type { Clock } from "./src/rooms/ports.ts";
import { Rooms } from "./src/rooms/rooms.ts";
import { Audience } from "./src/sessions/audience.ts";
import { Chronicle } from "./src/sessions/chronicle.ts";
import { Desk } from "./src/sessions/desk.ts";
import { Sessions } from "./src/sessions/sessions.ts";
import { Store, StoreError, StoreInUseError } from "./src/sessions/store.ts";

/** A name for a server that was given none: what a label of a host name may hold, since links may have it there. */
const newInstance = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 8);

/** What a server owns besides its settings. */
export interface Belongings {
  readonly store: Store;
  /** Signs tokens. */
  readonly secret: Uint8Array;
  /** Turns the API on. */
  readonly adminKey: string;
  /** Where rooms are kept over its end; null: nowhere. */
  readonly snapshot: SnapshotFile | null;
}

export interface Partyline {
  readonly port: number;
  /** Says goodbye to everyone over DRAIN_SECONDS, then stops listening. */
  drain(): Promise<void>;
  /** Stops at once. */
  stop(): Promise<void>;
}

/**
 * Serves with these settings.
 * @throws {Error} when the port cannot be had.
 */
export function serve(
  config: Config,
  log: Log,
  plainClock: Clock,
  { store, secret, adminKey, snapshot }: Belongings,
): Partyline {
  const { limits } = config;
  let isDraining = false;
  const metrics: Metrics = new Metrics({
    lines: () => liveness.size,
    rooms: () => rooms.size,
    seats: () => rooms.count().here,
    seatsAway: () => rooms.count().away,
    listeners: () => audience.size,
    sessionEvents: () => chronicle.told,
    snapshotAt: () => keeper?.writtenAt ?? 0,
  });
  const faults = new Faults(metrics.counts, log);
  const place = { instance: config.instance || newInstance(), region: config.region };
  const dialects = new Dialects(config.relayDialect, place);
  const clock = guarded(plainClock, (error) => faults.caught(error, "a timer"));
  const outlet = new SocketOutlet(metrics.counts, dialects);
  const broadcast = new SocketBroadcast(outlet, live, clock);
  const keepFailed = (error: unknown) => {
    if (error === null) log.info("sessions are kept again");
    else log.error({ err: error }, "sessions are not kept");
  };
  const chronicle = new Chronicle(store, clock, broadcast, keepFailed);
  const sessions = new Sessions(store, clock, chronicle);
  const audience = new Audience(store, clock, broadcast);
  const rooms = new Rooms(limits, config.roomCodeLength, clock, outlet, secrets, sessions.follower);
  const relay = new Relay(rooms, sessions.follower, new Desk(sessions, clock), audience, clock);
  const liveness = new Liveness(limits, clock, outlet, (ms) => metrics.lagged(ms));
  const guesses = new Guesses(limits.failedJoinsPerMinute, clock);
  const ledger = new Ledger(limits);
  const writes = new Quota(limits.sessionWritesPerSecond, limits.sessionWritesPerSecond * FIXED.sessionBurstSeconds);
  const tokens = new Tokens(secret, clock);
  const logins = new Logins(clock, config.areLimitsOff);
  const intake = new Intake({ limits, relay, metrics, guesses, writes, tokens, liveness, clock, faults });

  const tidy = new Tidy(
    clock,
    () => metrics.counts.messagesIn,
    () => Bun.gc(true),
  );

  const shared = { metrics, dialects, isDraining: () => isDraining };
  const figures = { lines: () => liveness.size, rooms: () => rooms.size };
  const api = {
    ...{ sessions, store, roomsOpen: rooms, tokens, logins, clock },
    isAdminKey: (key: string) => isSameKey(key, adminKey),
    mayWrite: (origin: string | null) => origin === null || isAllowed(origin, config),
  };
  const http: HttpParts = { ...shared, ...figures, ...api, guesses };
  let lastNumber = -1;
  const nextNumber = () => ++lastNumber;
  const upgrades: UpgradeParts = { ...shared, config, ledger, intake, counts: metrics.counts, clock, nextNumber };

  // Not the frames that came in: a paused line's are carried out later, and seats are given up without any.
  const happened = () => outlet.changes + rooms.endings;
  const keeper = snapshot === null ? null : new Keeper(snapshot, rooms, clock, log, happened);
  // Where rooms are kept, a line that the server itself closes leaves its seat as it is.
  const gone = keeper === null ? "lost" : "resting";
  const sockets = socketHandlers({ limits, relay, intake, liveness, ledger, metrics, clock, log, faults, tidy, gone });
  const parts = { config, http, upgrades, sockets, faults };
  const server = listen(config.port, (path) => dialects.at(path), parts);
  const servers = [server];
  if (config.sessionserverPort > 0) servers.push(listenBeside(server));
  outlet.servers = servers;
  // After the port is had, or a start on one that is taken would use them up; before the turn ends, so before anyone is let in.
  keeper?.takeUp();
  sessions.takeUp((code, id) => {
    const room = rooms.at(code);
    return room?.id === id ? room : null;
  });
  liveness.start();
  keeper?.start();
  tidy.start();
  keepTidy();

  function keepTidy(): void {
    clock.after(FIXED.codeRestMs, () => {
      keepTidy();
      ledger.prune(clock.now());
      guesses.prune(clock.now());
      logins.prune(clock.now());
      writes.prune(clock.now());
      const forgotten = sessions.makeRoom();
      if (forgotten > 0) log.info({ forgotten }, "old sessions of hosts forgotten: the file is nearly full");
    });
  }

  /** The second port; without it there shall be no first one either. */
  function listenBeside(first: Listening): Listening {
    try {
      return listen(config.sessionserverPort, () => sessionserver, parts);
    } catch (error) {
      void first.stop(true);
      throw error;
    }
  }

  async function stop(): Promise<void> {
    await Promise.all(servers.map((server) => server.stop(true)));
  }

  return {
    port: server.port ?? config.port,
    async drain() {
      isDraining = true;
      rooms.drain(keeper !== null);
      await drain(liveness, config.drainSeconds, clock);
      chronicle.close();
      await keeper?.finish();
      await stop();
    },
    stop,
  };
}

async function main(): Promise<void> {
  const [argument] = Bun.argv.slice(2);
  if (argument === "--help" || argument === "-h") return console.log(help());
  const config = configOrExit();
  if (argument === "--health") process.exit((await isHealthy(config.port)) ? 0 : 1);
  if (argument !== undefined) exitWith(`unknown argument ${JSON.stringify(argument)}; --help shows what there is`);
  const log = openLog(config.logLevel);
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
    const stopped = () => {
      log.info("stopped");
      process.exit(0);
    };
    partyline.drain().then(stopped, (error) => {
      log.error({ err: error }, "drain failed");
      process.exit(1);
    });
  };
  process.on("SIGTERM", leave);
  process.on("SIGINT", leave);

  const belongings = belongingsOrExit(config, log);
  try {
    partyline = serve(config, log, systemClock, belongings);
  } catch (error) {
    const also = config.sessionserverPort > 0 ? ` and ${config.sessionserverPort}` : "";
    exitWith(`cannot serve on ${config.host}:${config.port}${also}: ${error instanceof Error ? error.message : error}`);
  }
  const { limits, host, sessionserverPort, roomCodeLength } = config;
  const ports = { port: partyline.port, sessionserverPort: sessionserverPort || undefined };
  log.info({ host, ...ports, roomCodeLength, limits: printable(limits) }, "listening");
  // On stderr, for the person who started it: the log is kept, and read by others.
  if (config.adminKey === "") {
    console.error(`ADMIN_KEY is not set. Until this server stops, the key of its API is ${belongings.adminKey}`);
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
function belongingsOrExit(config: Config, log: Log): Belongings {
  try {
    return belongingsIn(config.dataDir, config);
  } catch (error) {
    if (!(error instanceof KeyError || error instanceof StoreError)) throw error;
    if (error instanceof StoreInUseError && !config.isDataDirSet) return belongingsBeside(config, log);
    exitWith(error.message);
  }
}

/** Two servers that a developer starts in one folder: nobody said where the second keeps its things, so it has a folder of its own. */
function belongingsBeside(config: Config, log: Log): Belongings {
  const dataDir = `${config.dataDir}-${config.port || process.pid}`;
  log.warn({ dataDir }, "another server uses the data folder: this one has its own; set DATA_DIR to choose");
  return belongingsOrExit({ ...config, dataDir, isDataDirSet: true }, log);
}

/** @throws {KeyError | StoreError} one line for the operator */
function belongingsIn(dataDir: string, { jwtSecret, adminKey, roomSnapshot, limits }: Config): Belongings {
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
