import { customAlphabet } from "nanoid";
import { isSameKey } from "./auth/keys.ts";
import { secrets } from "./auth/seatSecrets.ts";
import { Tokens } from "./auth/tokens.ts";
import type { Clock } from "./clock.ts";
import { guarded } from "./clock.ts";
import type { Config } from "./config.ts";
import { Dialects } from "./dialects/index.ts";
import { live } from "./dialects/live/codec.ts";
import { sessionserver } from "./dialects/sessionserver/codec.ts";
import { drain } from "./doors/drain.ts";
import { SocketFanout } from "./doors/fanout.ts";
import { Faults } from "./doors/faults.ts";
import { Gc } from "./doors/gc.ts";
import { Intake } from "./doors/intake.ts";
import { listen, listenForFigures } from "./doors/listen.ts";
import { Liveness } from "./doors/liveness.ts";
import { SocketOutlet } from "./doors/outlet.ts";
import { Proxies } from "./doors/proxies.ts";
import { socketHandlers } from "./doors/socket.ts";
import { isAllowed, type UpgradeDeps } from "./doors/upgrade.ts";
import { Connections } from "./limits/connections.ts";
import { Guesses } from "./limits/guesses.ts";
import { Logins } from "./limits/logins.ts";
import { Requests } from "./limits/requests.ts";
import { WriteLimit } from "./limits/writes.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Relay } from "./relay.ts";
import { Rooms } from "./rooms/rooms.ts";
import { EventLog } from "./sessions/eventLog.ts";
import { MemberCommands } from "./sessions/memberCommands.ts";
import { Sessions } from "./sessions/sessions.ts";
import type { Store } from "./sessions/store/store.ts";
import { Subscribers } from "./sessions/subscribers.ts";
import type { SnapshotFile } from "./snapshot/file.ts";
import { SnapshotSchedule } from "./snapshot/schedule.ts";

/** How often what is kept of addresses that have gone is dropped, and the sessions' file is looked at. */
const PRUNE_MS = 60_000;

/** A name for a server that was given none: what a label of a host name may hold, since links may have it there. */
const newInstance = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 8);

/** What a server owns besides its settings. */
export interface Owned {
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
  /** Says goodbye to everyone over DRAIN_SECONDS, then stops listening and keeps the rooms; whether that went well. */
  drain(): Promise<boolean>;
  /** Stops at once. */
  stop(): Promise<void>;
  /** What /metrics would say, made now. */
  figures(): Promise<string>;
}

/**
 * Serves with these settings.
 * @throws {Error} when the port cannot be had.
 */
export function serve(
  config: Config,
  log: Log,
  plainClock: Clock,
  { store, secret, adminKey, snapshot }: Owned,
): Partyline {
  const { limits } = config;
  let isDraining = false;
  const levels = {
    lines: () => liveness.size,
    rooms: () => rooms.size,
    seats: () => rooms.count().here,
    seatsAway: () => rooms.count().away,
    listeners: () => subscribers.size,
    sessionEvents: () => eventLog.published,
    snapshotAt: () => schedule?.writtenAt ?? 0,
    connections: () => connectionsByKind(),
    roomsOpened: () => rooms.opened,
    sessionsOpened: () => sessions.opened,
  };
  const metrics: Metrics = new Metrics(levels, config.areLimitsOff ? 0 : undefined);
  const faults = new Faults(metrics.counts, log);
  const place = { instance: config.instance || newInstance(), region: config.region };
  const dialects = new Dialects(config.relayDialect, place);
  const clock = guarded(plainClock, (error) => faults.caught(error, "a timer"));
  const outlet = new SocketOutlet(metrics.counts, dialects);
  const fanout = new SocketFanout(outlet, live, clock);
  const keepFailed = (error: unknown) => {
    if (error === null) log.info("sessions are kept again");
    else log.error({ err: error }, "sessions are not kept");
  };
  const charge = (address: string, chars: number) => writes.chargeChars(address, chars, clock.now());
  const eventLog = new EventLog({ store, clock, fanout, charge, onFailure: keepFailed });
  const sessions = new Sessions({ store, clock, eventLog });
  const subscribers = new Subscribers(store, clock, fanout);
  const rooms = new Rooms(limits, config.roomCodeLength, clock, { outlet, secrets, watcher: sessions.roomWatcher });
  const memberCommands = new MemberCommands(sessions, clock);
  const relay = new Relay({ rooms, roomWatcher: sessions.roomWatcher, memberCommands, subscribers, eventLog, clock });
  const liveness = new Liveness(limits, clock, outlet, (ms) => metrics.lagged(ms));
  const guesses = new Guesses(limits.failedJoinsPerMinute, clock);
  const connections = new Connections(limits);
  const writes = new WriteLimit(limits.sessionWritesPerSecond);
  const tokens = new Tokens(secret, clock);
  const logins = new Logins(clock, config.areLimitsOff);
  const intake = new Intake({ limits, relay, metrics, guesses, writes, tokens, liveness, clock, faults });

  const gc = new Gc(
    clock,
    () => metrics.counts.messagesIn,
    () => Bun.gc(true),
  );

  const requests = new Requests(limits.requestsPerSecond);
  const shared = { metrics, dialects, isDraining: () => isDraining };
  const figures = { lines: () => liveness.size, rooms: () => rooms.size };
  const api = {
    ...{ sessions, store, roomsOpen: rooms, tokens, logins, clock },
    isAdminKey: (key: string) => isSameKey(key, adminKey),
    mayWrite: (origin: string | null) => origin === null || isAllowed(origin, config),
    badToken: (address: string) => requests.badToken(address, clock.now()),
    log,
  };
  const gate = { requests, metricsFor: config.metrics, isAllowed: (origin: string) => isAllowed(origin, config) };
  const http = { ...shared, ...figures, ...api, ...gate, guesses };
  let lastNumber = -1;
  const nextNumber = () => ++lastNumber;
  const upgrades: UpgradeDeps = { ...shared, config, connections, clock, nextNumber };

  const schedule =
    snapshot === null ? null : new SnapshotSchedule(snapshot, rooms, clock, log, (name) => dialects.byName.has(name));
  // Where rooms are kept, a line that the server itself closes leaves its seat as it is.
  const gone = schedule === null ? "lost" : "held";
  const sockets = socketHandlers({
    limits,
    relay,
    intake,
    liveness,
    connections,
    metrics,
    clock,
    log,
    faults,
    gc,
    gone,
  });
  const deps = { config, http, upgrades, sockets, faults, proxies: new Proxies(config, log) };
  const server = listen(config.port, (path) => dialects.at(path), deps);
  const servers = [server];
  /** All that is listened on; of these the servers speak WebSocket. */
  const ports: { stop(isAtOnce: boolean): Promise<void> }[] = [server];
  const { sessionserverPort, metrics: metricsFor } = config;
  if (sessionserverPort > 0) servers.push(beside(() => listen(sessionserverPort, () => sessionserver, deps)));
  if (typeof metricsFor === "number") beside(() => listenForFigures(metricsFor, deps));
  outlet.servers = servers;
  // After the port is had, or a start on one that is taken would use them up; before the turn ends, so before anyone is let in.
  schedule?.restore();
  sessions.restore((code, id) => {
    const room = rooms.at(code);
    return room?.id === id ? room : null;
  });
  liveness.start();
  schedule?.start();
  gc.start();
  keepTidy();

  function keepTidy(): void {
    clock.after(PRUNE_MS, () => {
      keepTidy();
      connections.prune(clock.now());
      guesses.prune(clock.now());
      logins.prune(clock.now());
      requests.prune(clock.now());
      writes.prune(clock.now());
      const forgotten = sessions.prune();
      if (forgotten > 0) log.info({ forgotten }, "old sessions of hosts forgotten: the file is nearly full");
    });
  }

  /** A further port; without it there shall be no first one either. */
  function beside<Port extends (typeof ports)[number]>(listenThere: () => Port): Port {
    try {
      const port = listenThere();
      ports.push(port);
      return port;
    } catch (error) {
      void stop();
      throw error;
    }
  }

  function connectionsByKind(): Iterable<readonly [string, number]> {
    const counts = new Map([...dialects.byName.keys()].map((name) => [name, 0]));
    for (const { dialect } of liveness.lines()) counts.set(dialect.name, (counts.get(dialect.name) ?? 0) + 1);
    return counts.set(
      "http",
      servers.reduce((sum, { pendingRequests }) => sum + pendingRequests, 0),
    );
  }

  async function stop(): Promise<void> {
    await Promise.all(ports.map((port) => port.stop(true)));
  }

  return {
    port: server.port ?? config.port,
    async drain() {
      isDraining = true;
      rooms.drain(schedule !== null);
      await drain(liveness, config.drainSeconds, clock);
      eventLog.close();
      // Frees the descriptor that the last snapshot needs, and from here on nobody can come and take it [R51].
      for (const port of ports) void port.stop(false);
      const areKept = (await schedule?.finish()) ?? true;
      await stop();
      return areKept;
    },
    stop,
    figures: () => metrics.text(),
  };
}
