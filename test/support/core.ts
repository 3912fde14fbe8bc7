// The core put together without a socket: rooms and relay over notebooks, with a clock that stands still.
import { secrets } from "../../src/doors/secrets.ts";
import { DEFAULT_LIMITS, type Limits } from "../../src/limits.ts";
import { Relay } from "../../src/relay.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import type { Command, Event, Guest, Later, Opening, RoomRules, Since } from "../../src/vocabulary.ts";
import { ManualClock } from "./clock.ts";
import { NotebookLine, NotebookOutlet } from "./notebook.ts";

export type Want = Command extends infer C ? (C extends unknown ? Omit<C, "asked"> : never) : never;
export type Answer = Event | Later | null;

const PLAIN_RULES: RoomRules = { awayMs: 0, historyMax: 0, hostGone: "stay", capCounts: "seats" };

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

export function core(limits: Partial<Limits> = {}) {
  const clock = new ManualClock();
  const rooms = new Rooms({ ...DEFAULT_LIMITS, ...limits }, 4, clock, new NotebookOutlet(), secrets);
  const relay = new Relay(rooms, clock);
  const guest = (clientId: string, name?: string, secret?: string): Guest => {
    return { clientId, name: name ?? null, secret: secret ?? null, tick: false };
  };

  function ask(line: NotebookLine, want: Want, ref?: string): Answer {
    return relay.handle(line, { ...want, asked: { type: want.kind, ref } } as Command);
  }

  function create(clientId = "host", more: Creating = {}) {
    const { maxClients = 8, code = null, line = new NotebookLine(), state = null, url = null } = more;
    const rules = { ...PLAIN_RULES, ...more.rules };
    const want = {
      kind: "create",
      guest: guest(clientId, undefined, more.secret),
      maxClients,
      code,
      rules,
      state,
      url,
    };
    const answer = ask(line, want as Want);
    const picture = answer?.kind === "created" ? answer.picture : null;
    return { line, answer, code: picture?.code ?? "", epoch: picture?.epoch ?? "" };
  }

  function join(code: string, clientId: string, { name, secret, since, line = new NotebookLine() }: Joining = {}) {
    const answer = ask(line, { kind: "join", guest: guest(clientId, name, secret), code, since: since ?? null });
    return { line, answer };
  }

  return { clock, rooms, relay, ask, create, join };
}

/** The name of a refusal, or the kind of any other answer. */
export function nameOf(answer: Answer): string | null {
  return answer?.kind === "refusal" ? answer.name : (answer?.kind ?? null);
}
