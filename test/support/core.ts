// The core put together without a socket: rooms and relay over notebooks, with a clock that stands still.
import { secrets } from "../../src/doors/secrets.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { Relay } from "../../src/relay.ts";
import type { Clock, Outlet } from "../../src/rooms/ports.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { Audience } from "../../src/sessions/audience.ts";
import { Chronicle } from "../../src/sessions/chronicle.ts";
import { Desk } from "../../src/sessions/desk.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import { Store } from "../../src/sessions/store.ts";
import type { Command, Event, Guest, Later, Opening, RoomRules, Since } from "../../src/vocabulary.ts";
import { ManualClock } from "./clock.ts";
import { NotebookBroadcast, NotebookLine, NotebookOutlet } from "./notebook.ts";

export type Want = Command extends infer C ? (C extends unknown ? Omit<C, "asked"> : never) : never;
export type Answer = Event | Later | null;

const PLAIN_RULES: RoomRules = {
  awayMs: 0,
  historyMax: 0,
  hostGone: "stay",
  capCounts: "seats",
  idsAre: "public",
  isNumbered: false,
  creatorPlays: false,
};

interface Creating extends Partial<Omit<Opening, "rules">> {
  readonly maxClients?: number;
  readonly code?: string | null;
  readonly secret?: string;
  readonly line?: NotebookLine;
  readonly rules?: Partial<RoomRules>;
}

interface Joining {
  readonly name?: string;
  readonly secret?: string;
  readonly since?: Since;
  readonly line?: NotebookLine;
}

/** The core's parts, put together as server.ts does. */
export function assemble(
  limits: Limits,
  clock: Clock,
  outlet: Outlet,
  store = Store.open(":memory:", 64 * 1024 * 1024),
) {
  const broadcast = new NotebookBroadcast();
  const failures: unknown[] = [];
  const chronicle = new Chronicle(store, clock, broadcast, (error) => void (error !== null && failures.push(error)));
  const sessions = new Sessions(store, clock, chronicle);
  const rooms = new Rooms(limits, 4, clock, outlet, secrets, sessions.follower);
  const desk = new Desk(sessions, clock);
  const relay = new Relay(rooms, sessions.follower, desk, new Audience(store, clock, broadcast), clock);
  return { store, broadcast, failures, chronicle, sessions, rooms, relay };
}

export function core(limits: Partial<Limits> = {}, store?: Store) {
  const clock = new ManualClock();
  const parts = assemble({ ...DEFAULT_LIMITS, ...limits }, clock, new NotebookOutlet(), store);
  const { relay } = parts;
  const guest = (clientId: string, name?: string, secret?: string): Guest => {
    return { clientId, name: name ?? null, secret: secret ?? null, tick: false };
  };

  function ask(line: NotebookLine, want: Want, ref?: string): Answer {
    const answer = relay.handle(line, { ...want, asked: { type: want.kind, ref } } as Command);
    relay.answered(line);
    return answer;
  }

  function create(clientId = "host", more: Creating = {}) {
    const { maxClients = 8, code = null, line = new NotebookLine(), state = null, memo = null, defaults = null } = more;
    const rules = { ...PLAIN_RULES, ...more.rules };
    const want = {
      kind: "create",
      guest: guest(clientId, undefined, more.secret),
      maxClients,
      code,
      rules,
      state,
      memo,
      defaults,
    };
    const answer = ask(line, want as Want);
    const picture = answer?.kind === "created" ? answer.picture : null;
    return { line, answer, code: picture?.code ?? "", epoch: picture?.epoch ?? "" };
  }

  function join(code: string, clientId: string, { name, secret, since, line = new NotebookLine() }: Joining = {}) {
    const answer = ask(line, { kind: "join", guest: guest(clientId, name, secret), code, since: since ?? null });
    return { line, answer };
  }

  return { clock, ...parts, ask, create, join };
}

/** The name of a refusal, or the kind of any other answer. */
export function nameOf(answer: Answer): string | null {
  return answer?.kind === "refusal" ? answer.name : (answer?.kind ?? null);
}
