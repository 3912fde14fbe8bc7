// Puts the server together: settings and resources in, {port, drain, stop} out. The only place where the collaborators meet; each of them
// is told what it needs, and no rule of any kind stands here.
import { totalmem } from "node:os";
import { customAlphabet } from "nanoid";
import { isSameKey } from "./auth/keys.ts";
import { secrets } from "./auth/seatSecrets.ts";
import { Tokens } from "./auth/tokens.ts";
import { type Clock, guarded } from "./clock.ts";
import type { Config } from "./config.ts";
import { warm } from "./dialects/blocks/look.ts";
import { Dialects } from "./dialects/index.ts";
import { live } from "./dialects/live/codec.ts";
import { sessionserver } from "./dialects/sessionserver/codec.ts";
import { Proxies } from "./doors/caller.ts";
import { doChores } from "./doors/chores.ts";
import { openDiary } from "./doors/diary.ts";
import { drain } from "./doors/drain.ts";
import { openEcast } from "./doors/ecast/ecast.ts";
import type { Elsewhere } from "./doors/elsewhere.ts";
import { SocketFanout } from "./doors/fanout.ts";
import { Faults } from "./doors/faults.ts";
import { Gc } from "./doors/gc.ts";
import { isContained } from "./doors/here.ts";
import { answerTo } from "./doors/http/answering.ts";
import { Files } from "./doors/http/files.ts";
import { Readers } from "./doors/http/readers.ts";
import { Intake } from "./doors/intake.ts";
import { levelsOf } from "./doors/levels.ts";
import type { SocketLine } from "./doors/line.ts";
import { listen, listenForFigures } from "./doors/listen.ts";
import { Liveness } from "./doors/liveness.ts";
import { Monitor } from "./doors/monitor.ts";
import { SocketOutlet } from "./doors/outlet.ts";
import { Outside } from "./doors/outside.ts";
import { type Doors, type JoinNodes, joinNodes, type RoomKeeper } from "./doors/parts.ts";
import { Recorder } from "./doors/recorder.ts";
import { sessionLogs } from "./doors/sessionLogs.ts";
import { socketHandlers } from "./doors/socket.ts";
import { isAllowed, type UpgradeDeps } from "./doors/upgrade.ts";
import { Connections } from "./limits/connections.ts";
import { Guesses } from "./limits/guesses.ts";
import { Joins } from "./limits/joins.ts";
import { Kept } from "./limits/kept.ts";
import { Logins } from "./limits/logins.ts";
import { Outgoing } from "./limits/outgoing.ts";
import { Requests } from "./limits/requests.ts";
import { UnreadTotals } from "./limits/unread.ts";
import { WriteLimit } from "./limits/writes.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Relay } from "./relay.ts";
import { Codes } from "./rooms/codes.ts";
import { Rooms } from "./rooms/rooms.ts";
import { EventLog } from "./sessions/eventLog.ts";
import { MemberCommands } from "./sessions/memberCommands.ts";
import { roomsNeeded } from "./sessions/restore.ts";
import { Sessions } from "./sessions/sessions.ts";
import type { Store } from "./sessions/store/store.ts";
import { Subscribers } from "./sessions/subscribers.ts";
import type { SnapshotFile } from "./snapshot/file.ts";
import { SnapshotSchedule } from "./snapshot/schedule.ts";

const HOUR_MS = 3_600_000;
/** Makes the name of a server that INSTANCE gives none: lower case, since links may have it in a host name. */
const newInstance = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 8);

/** What a server is given besides its settings: opened by the process, and used by this server alone. */
export interface ServerResources {
  readonly store: Store;
  /** Signs tokens. */
  readonly secret: Uint8Array;
  /** Turns the API on. */
  readonly adminKey: string;
  /** The file that rooms survive a restart in; null: rooms end with the server. */
  readonly snapshot: SnapshotFile | null;
  /** Joins it to other nodes [N1]; absent: it is alone. */
  readonly join?: JoinNodes;
  /** Keeps the rooms where no snapshot does. */
  readonly keeper?: RoomKeeper;
  /** What its lines and rooms go by, where that may stand still [N8]; absent: the server's own. */
  readonly roomClock?: Clock;
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
  { store, secret, adminKey, snapshot, join, keeper, roomClock }: ServerResources,
): Partyline {
  const { limits } = config;
  let isDraining = false;
  let nodes: Elsewhere | null = null;
  const levels = levelsOf(() => ({
    ...{ liveness, rooms, kept, unread, subscribers, eventLog },
    ...{ sessions, store, dialects, servers, schedule, outside },
  }));
  const metrics: Metrics = new Metrics(levels, config.areLimitsOff ? 0 : undefined);
  const names = { instance: config.instance || newInstance(), region: config.region };
  const dialects = new Dialects(config.relayDialect, names);
  warm();
  const recorder = new Recorder(config.recorderEvents, plainClock, [...dialects.byName.keys()], () => outlet.now);
  const witness = openDiary(log, () => outlet.now, metrics, recorder);
  const faults = new Faults(metrics.counts, log, recorder);
  const guard = (unguarded: Clock) => guarded(unguarded, (error) => faults.caught(error, "a timer"));
  // Lines and rooms go by the one, which may stand; whoever asks by HTTP by the other [N8].
  const clock = guard(roomClock ?? plainClock);
  const steady = guard(plainClock);
  const outlet = new SocketOutlet(
    metrics.counts,
    dialects,
    // What is published leaves with the end of the turn: only then is it unread.
    (room) => clock.soon(() => (room === null ? liveness.lookAtAll() : liveness.look(room))),
    clock,
  );
  const fanout = new SocketFanout(outlet, live, clock);
  const charge = (address: string, chars: number) => writes.chargeChars(address, chars, clock.now());
  const { onFailure, onCrowded, onForgotten } = sessionLogs(log);
  const eventLog = new EventLog({ store, clock, fanout, charge, onFailure, onCrowded });
  const idleMs = limits.sessionIdleHours > 0 ? limits.sessionIdleHours * HOUR_MS : Number.POSITIVE_INFINITY;
  const ecast = openEcast(config, clock, log);
  if (ecast !== null) metrics.addSeries(ecast.series);
  const platforms = ecast === null ? {} : { jackbox: ecast };
  const sessions = new Sessions({ store, clock, eventLog }, { idleMs, onForgotten, platforms });
  const subscribers = new Subscribers(store, clock, fanout);
  const outgoing = new Outgoing(limits);
  const kept = new Kept(limits, (reached) => metrics.limited(reached));
  const base58 = Codes.base58(config.party2CodeLength);
  const cased = [...dialects.byName.values()].filter(({ hasBase58Codes }) => hasBase58Codes);
  const codesByWire = new Map(cased.map(({ name }) => [name, base58]));
  const roomDeps = { outlet, secrets, watcher: sessions.roomWatcher, codesByWire, outgoing, kept, witness };
  const rooms = new Rooms(limits, config.roomCodeLength, clock, roomDeps);
  const areKeptHere = () => nodes === null || nodes.sessions === "here";
  const memberCommands = new MemberCommands(sessions, clock, config.roomSessions, areKeptHere);
  const relay = new Relay({ rooms, roomWatcher: sessions.roomWatcher, memberCommands, subscribers, eventLog, clock });
  const unread = new UnreadTotals<SocketLine>(limits, totalmem());
  const liveness = new Liveness(limits, clock, outlet, unread, {
    lagged: (ms) => metrics.lagged(ms),
    isCrowd: (address, now) => connections.isCrowd(address, now),
    limited: (bucket) => metrics.limited(bucket),
  });
  const guesses = new Guesses(limits, clock, (ring) => metrics.limited(ring));
  const connections = new Connections(limits);
  const writes = new WriteLimit(limits.sessionWritesPerSecond);
  const tokens = new Tokens(secret, clock);
  const logins = new Logins(steady, config.areLimitsOff);
  const joins = new Joins(limits);
  const intake = new Intake({
    ...{ limits, relay, metrics, guesses, joins, writes },
    ...{ tokens, liveness, clock, faults, recorder },
  });

  const gc = new Gc(
    clock,
    () => metrics.counts.messagesIn,
    () => Bun.gc(true),
  );

  const isOfHouse = (headers: Headers) => isAllowed(headers.get("origin"), headers.get("host"), config);
  const node = join === undefined ? null : names.instance;
  const watched = { rooms, sessions, tally: metrics, levels, dialects, clock, node, isDraining: () => isDraining };
  const monitor = new Monitor({ ...watched, made: () => gc.countAnswer() }, config.areLimitsOff ? 0 : undefined);
  const requests = new Requests(limits.requestsPerSecond);
  const shared = { metrics, dialects, isDraining: () => isDraining };
  const told = { store, eventLog, nodes: () => nodes };
  const outside = new Outside({ ...shared, ...told, config, clock: steady, connections, faults, log });
  const figures = { lines: () => liveness.size, rooms: () => rooms.size };
  const api = {
    ...{ sessions, store, roomsOpen: rooms, tokens, logins, clock },
    isAdminKey: (key: string) => isSameKey(key, adminKey),
    mayWrite: ({ headers }: Request) => !headers.has("origin") || isOfHouse(headers),
    badToken: (address: string) => requests.badToken(address, steady.now()),
    ...{ log, monitor, recorder, outside, webhookHosts: config.webhookHosts },
  };
  const gate = { steady, requests, metricsFor: config.metrics, isOfHouse };
  const codes = Codes.capitals(config.roomCodeLength);
  const codeIn = (text: string) => (codes.isCode(codes.read(text)) ? codes.read(text) : null);
  const files = config.publicDir === "" ? null : new Files(config.publicDir, new Readers(pending, config.areLimitsOff));
  const pages = { arePagesOn: config.arePagesOn, codeIn, files };
  const place = { ...config, port: () => server.port ?? config.port, contained: isContained() };
  const many = { elsewhere: () => nodes, others: () => nodes };
  const http = { ...shared, ...figures, ...api, ...gate, ...pages, place, guesses, ...many };
  let lastNumber = -1;
  const nextNumber = () => ++lastNumber;
  const upgrades: UpgradeDeps = { ...shared, config, connections, clock, nextNumber };

  const schedule =
    snapshot === null ? null : new SnapshotSchedule(snapshot, rooms, clock, log, (name) => dialects.byName.has(name));
  const isKept = schedule !== null || join !== undefined;
  // Where rooms are kept, a member whose line the drain closes keeps its seat for the next server.
  const gone = isKept ? "held" : "lost";
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
    recorder,
  });
  const deps = { config, http, upgrades, sockets, faults, proxies: new Proxies(config, log) };
  const server = listen(config.port, (path) => dialects.at(path), deps);
  const servers = [server];
  /** All that is listened on; of these the servers speak WebSocket. */
  const ports: { stop(isAtOnce: boolean): Promise<void> }[] = [server];
  const { sessionserverPort, metrics: metricsFor } = config;
  // No page could speak to the port that it came from there.
  const pageless = { ...deps, http: { ...http, arePagesOn: false, files: null } };
  if (sessionserverPort > 0) servers.push(beside(() => listen(sessionserverPort, () => sessionserver, pageless)));
  if (typeof metricsFor === "number") beside(() => listenForFigures(metricsFor, deps));
  outlet.servers = servers;
  const { counts } = metrics;
  const takenUp = () =>
    sessions.restore((code, id) => {
      const room = rooms.at(code);
      return room?.id === id ? room : null;
    });
  const answer: Doors["answer"] = (question, hold) => answerTo(question, hold, http);
  const seen = { liveness, relay, rooms, guesses, dialects, recorder, faults, counts, clock };
  const doors = { ...seen, intake, outlet, answer, nextNumber, takenUp, roomsNeeded: () => roomsNeeded(store) };
  if (join !== undefined) nodes = joinNodes(doors, join);
  if (keeper !== undefined) metrics.add(keeper.figures);
  // The rooms are restored once the port is ours, since a start on a taken port would use the snapshot up; and in the same turn, so
  // before anybody is let in.
  schedule?.restore();
  if (join === undefined) takenUp();
  liveness.start();
  outside.webhooks.start();
  schedule?.start();
  gc.start();
  const prune = () => {
    for (const limiter of [connections, guesses, writes, outgoing]) limiter.prune(clock.now());
    for (const limiter of [logins, requests]) limiter.prune(steady.now());
  };
  doChores({ clock, store, sessions, prune });

  /** Listens on a further port; where it cannot be had, those before it are given up too. */
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

  /** Requests that are being answered, but streams. */
  function pending(): number {
    return servers.reduce((sum, { pendingRequests }) => sum + pendingRequests, -outside.streams.size);
  }

  async function stop(): Promise<void> {
    outside.stop();
    ecast?.stop();
    await Promise.all([schedule?.stop(), keeper?.stop(), ...ports.map((port) => port.stop(true))]);
  }

  return {
    port: server.port ?? config.port,
    async drain() {
      isDraining = true;
      rooms.drain(isKept);
      if (keeper !== undefined) await keeper.leaving();
      await Promise.all([drain(liveness, config.drainSeconds, clock), outside.drain(config.drainSeconds * 1000)]);
      // What was seen from here on could not be written down.
      ecast?.stop();
      eventLog.close();
      outside.stop();
      // Frees the descriptor that the last snapshot needs, and from here on nobody can come and take it [R51].
      for (const port of ports) void port.stop(false);
      // Votes that waited were written as the log closed: their answers leave in this turn, before `stop` cuts their connections.
      await new Promise(setImmediate);
      const areKept = (await (schedule ?? keeper)?.finish()) ?? true;
      await stop();
      return areKept;
    },
    stop,
    figures: () => metrics.text(),
  };
}
