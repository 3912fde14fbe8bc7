// The core put together without a socket: rooms and relay over notebooks, with a clock that stands still.
import { secrets } from "../../src/auth/seatSecrets.ts";
import type { Clock } from "../../src/clock.ts";
import { Kept } from "../../src/limits/kept.ts";
import { Outgoing } from "../../src/limits/outgoing.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits/table.ts";
import type { Command, Guest, Opening, RoomRules, Since } from "../../src/protocol/commands.ts";
import type { Event, Later, Unproven } from "../../src/protocol/events.ts";
import { Relay } from "../../src/relay.ts";
import type { Outlet } from "../../src/rooms/ports.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { EventLog } from "../../src/sessions/eventLog.ts";
import { MemberCommands } from "../../src/sessions/memberCommands.ts";
import type { Platforms } from "../../src/sessions/ports.ts";
import { Sessions } from "../../src/sessions/sessions.ts";
import { Store } from "../../src/sessions/store/store.ts";
import { Subscribers } from "../../src/sessions/subscribers.ts";
import { ManualClock } from "./clock.ts";
import { NotebookFanout, NotebookLine, NotebookOutlet } from "./notebook.ts";

export type Want = Command extends infer C ? (C extends unknown ? Omit<C, "asked"> : never) : never;
export type Answer = Event | Later | Unproven | null;

export const PLAIN_RULES: RoomRules = {
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
  readonly as?: "audience";
  readonly line?: NotebookLine;
}

/** What a test wants to be smaller than it is. */
interface CoreOptions {
  readonly codesCoolingMax?: number | undefined;
  /** Whose rooms are watched besides our own; nobody's unless said. */
  readonly platforms?: Platforms;
}

/** The core's deps, put together as server.ts does. */
export function assemble(
  limits: Limits,
  clock: Clock,
  outlet: Outlet,
  store = Store.open(":memory:", 64 * 1024 * 1024),
  { codesCoolingMax, platforms = {} }: CoreOptions = {},
) {
  const fanout = new NotebookFanout();
  const failures: unknown[] = [];
  const charges: { readonly address: string; readonly chars: number }[] = [];
  const charge = (address: string, chars: number) => void charges.push({ address, chars });
  const onFailure = (error: unknown) => void (error !== null && failures.push(error));
  const eventLog = new EventLog({ store, clock, fanout, charge, onFailure });
  const sessions = new Sessions({ store, clock, eventLog }, { platforms });
  const kept = new Kept(limits);
  const rooms = new Rooms(
    limits,
    4,
    clock,
    { outlet, secrets, watcher: sessions.roomWatcher, outgoing: new Outgoing(limits), kept },
    codesCoolingMax,
  );
  const memberCommands = new MemberCommands(sessions, clock);
  const subscribers = new Subscribers(store, clock, fanout);
  const relay = new Relay({ rooms, roomWatcher: sessions.roomWatcher, memberCommands, subscribers, eventLog, clock });
  return { store, fanout, failures, charges, eventLog, sessions, rooms, relay, kept };
}

export function core(limits: Partial<Limits> = {}, store?: Store, options: CoreOptions = {}) {
  const clock = new ManualClock();
  const deps = assemble({ ...DEFAULT_LIMITS, ...limits }, clock, new NotebookOutlet(), store, options);
  const { relay } = deps;
  const guest = (clientId: string, name?: string, secret?: string): Guest => {
    return { clientId, name: name ?? null, secret: secret ?? null, tick: false };
  };

  function ask(line: NotebookLine, want: Want, ref?: string): Answer {
    return carryOut(relay, line, { ...want, asked: { type: want.kind, ref } } as Command);
  }

  function create(clientId = "host", more: Creating = {}) {
    const {
      maxClients = 8,
      code = null,
      line = new NotebookLine(),
      state = null,
      wireData = null,
      defaults = null,
    } = more;
    const rules = { ...PLAIN_RULES, ...more.rules };
    const want = {
      kind: "create",
      guest: guest(clientId, undefined, more.secret),
      maxClients,
      code,
      rules,
      state,
      wireData,
      defaults,
    };
    const answer = ask(line, want as Want);
    const picture = answer?.kind === "created" ? answer.picture : null;
    return { line, answer, code: picture?.code ?? "", epoch: picture?.epoch ?? "" };
  }

  function join(code: string, clientId: string, { name, secret, since, as, line = new NotebookLine() }: Joining = {}) {
    const who = { ...guest(clientId, name, secret), ...(as && { as }) };
    const answer = ask(line, { kind: "join", guest: who, code, since: since ?? null });
    return { line, answer };
  }

  return { clock, ...deps, ask, create, join };
}

/** Carries out a command as a door does, with what comes after its answer. */
export function carryOut(relay: Relay, line: NotebookLine, command: Command): Answer {
  const { ref } = command.asked;
  if (ref !== undefined) line.seat?.markDone(ref);
  const { answer, after } = relay.handle(line, command);
  after?.();
  return answer;
}

/** The name of a refusal, or the kind of any other answer. */
export function nameOf(answer: Answer): string | null {
  return answer?.kind === "refusal" ? answer.name : (answer?.kind ?? null);
}
