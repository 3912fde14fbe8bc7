// The scripts as functions: arguments and answers typed, the caller and its life added. Every one may throw EngineAway, and then it is not
// known whether it was carried out; every one but those without a life answers "fenced" to a node whose lease is over [N9].
import { FENCED, LUA } from "./lua.ts";
import type { Answer, Claimed, Engine, Owner } from "./ports.ts";

/** How long a code rests after its room, as at one node [R5]. */
export const REST_MS = 60_000;
/** How long a node's rooms can be taken up after its last renewal: by then no seat in them would still be held. */
export const ESTATE_MS = 120_000;

export type Fenced = "fenced";

/** What a renewal found: gone: the life that we had is over. taken: our name has another life. */
export type LeaseState = "begun" | "ours" | "gone" | "taken";

/** A node, as the engine knows it. */
export interface Seen {
  readonly node: string;
  /** null: it has no life. */
  readonly boot: string | null;
  readonly rooms: number;
}

export interface Renewed {
  readonly state: LeaseState;
  /** Every node that has a life or rooms; empty where the lease is not ours. */
  readonly seen: readonly Seen[];
  /** The node that keeps the sessions, whether it lives or not; null: none, or the lease is not ours. */
  readonly sessions: string | null;
}

/** A room as it is called over. */
export interface Called {
  readonly code: string;
  /** Hash of the address that opened it. */
  readonly address: string;
  /** Sealed; null: what is kept stays. */
  readonly memory: string | null;
}

export interface Kept {
  /** Codes that are not ours: another has them, or their rooms have ended elsewhere. */
  readonly lost: readonly string[];
  /** Codes that the engine did not know, and does now; without their memories, where none came along. */
  readonly again: readonly string[];
}

/** A room out of an estate. */
export interface Kin {
  readonly code: string;
  readonly memory: string;
  /** Whether nothing was told after it. */
  readonly isWhole: boolean;
}

export interface ScriptsOptions {
  /** The cluster's name. */
  readonly cluster: string;
  readonly node: string;
  readonly boot: string;
  readonly leaseMs: number;
}

export class Scripts {
  /** The life that speaks; life.ts writes it. */
  life = "";
  /** Whether this node keeps the sessions where no other does [N11]. */
  keepsSessions = false;
  readonly #prefix: string;

  constructor(
    private readonly engine: Engine,
    private readonly options: ScriptsOptions,
  ) {
    this.#prefix = `{pl:${options.cluster}}:`;
  }

  get node(): string {
    return this.options.node;
  }

  /** The owner of a code; null: nobody. @throws {EngineAway} */
  async find(code: string): Promise<Owner | null> {
    const answer = await this.engine.run(LUA.FIND, [this.#prefix, code]);
    if (!isList(answer)) return null;
    const [node, boot, isAlive] = answer;
    return { node: String(node), boot: String(boot), isAlive: isAlive === 1 };
  }

  /**
   * Begins or renews the lease, and looks who else is there.
   * @param had whether this life was ours before: then it is not begun anew where it is gone
   * @param replaced a life of this name that may be replaced though it stands; "": none
   */
  async renew(had: boolean, replaced: string): Promise<Renewed> {
    const { node, boot, leaseMs } = this.options;
    const times = [String(leaseMs), String(ESTATE_MS)];
    const args = [
      this.#prefix,
      node,
      this.life,
      boot,
      ...times,
      had ? "1" : "0",
      replaced,
      this.keepsSessions ? "1" : "0",
    ];
    const [state, sessions = "", ...rest] = listOf(await this.engine.run(LUA.RENEW, args));
    const seen: Seen[] = [];
    for (let at = 0; at + 2 < rest.length; at += 3) {
      seen.push({ node: String(rest[at]), boot: String(rest[at + 1]) || null, rooms: Number(rest[at + 2]) });
    }
    return { state: state as LeaseState, seen, sessions: String(sessions) || null };
  }

  /** @param address its hash */
  async claim(code: string, address: string, roomsMax: number, roomsPerAddressMax: number): Promise<Claimed> {
    const args = [code, address, String(roomsMax), String(roomsPerAddressMax)];
    return (await this.#asked(LUA.CLAIM, args, String)) as Claimed;
  }

  /** Keeps memories and finds out what is ours. @param isWhole whether nothing will be told after them */
  keep(rooms: readonly Called[], isWhole: boolean): Promise<Kept | Fenced> {
    const args = rooms.flatMap(({ code, address, memory }) => [code, address, memory ?? ""]);
    return this.#asked(LUA.KEEP, [isWhole ? "w" : "p", ...args], (answer) => {
      const [lost, again] = listOf(answer);
      return { lost: textsOf(lost), again: textsOf(again) };
    });
  }

  /** Those of the codes that are ours are free again. @param restMs 0: at once */
  release(codes: readonly string[], restMs: number): Promise<"released" | Fenced> {
    return this.#asked(LUA.RELEASE, [String(restMs), ...codes], () => "released");
  }

  /** Takes some rooms of a dead node; `left`: those it still has. */
  adopt(dead: string, count: number): Promise<{ kin: Kin[]; left: number } | "alive" | Fenced> {
    return this.#asked(LUA.ADOPT, [dead, String(count)], (answer) => {
      if (!isList(answer)) return "alive";
      const [left, ...rest] = answer;
      return { left: Number(left), kin: kinOf(rest) };
    });
  }

  /** Makes another node the owner of a room, whole as it is. */
  give(code: string, target: string, memory: string): Promise<"given" | "notOurs" | "away" | Fenced> {
    return this.#asked(LUA.GIVE, [code, target, memory], (answer) => answer as "given" | "notOurs" | "away");
  }

  /** The memories of rooms in our own estate; they count as parts from now on. One that has none yet is not among them. */
  take(codes: readonly string[]): Promise<{ kin: Kin[]; empty: string[] } | Fenced> {
    return this.#asked(LUA.TAKE, codes, (answer) => {
      const all = kinOf(listOf(answer));
      const empty = all.filter(({ memory }) => memory === "").map(({ code }) => code);
      return { kin: all.filter(({ memory }) => memory !== ""), empty };
    });
  }

  /** The codes of our own estate; none where there are as many as `known`. */
  estate(known: number): Promise<readonly string[] | Fenced> {
    return this.#asked(LUA.ESTATE, [String(known)], textsOf);
  }

  /** Forgets entries that lead nowhere, a page at a time. @returns where to go on; "0": it is through */
  sweep(cursor: string): Promise<string | Fenced> {
    return this.#asked(LUA.SWEEP, [cursor], String);
  }

  /** Ends our life; what is left in the estate is anybody's. */
  resign(): Promise<"resigned" | Fenced> {
    return this.#asked(LUA.RESIGN, [], () => "resigned");
  }

  /** What stands for all nodes, set by us where no other node lives. Needs no life. */
  async conf(own: readonly (readonly [string, string])[]): Promise<readonly string[]> {
    return textsOf(await this.engine.run(LUA.CONF, [this.#prefix, this.node, ...own.flat()]));
  }

  async #asked<T>(script: string, args: readonly string[], read: (answer: Answer) => T): Promise<T | Fenced> {
    const answer = await this.engine.run(script, [this.#prefix, this.node, this.life, ...args]);
    return answer === FENCED ? "fenced" : read(answer);
  }
}

function isList(answer: Answer | undefined): answer is readonly Answer[] {
  return Array.isArray(answer);
}

function listOf(answer: Answer | undefined): readonly Answer[] {
  return isList(answer) ? answer : [];
}

function textsOf(answer: Answer | undefined): string[] {
  return listOf(answer).map(String);
}

function kinOf(flat: readonly Answer[]): Kin[] {
  const kin: Kin[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const text = String(flat[at + 1]);
    kin.push({ code: String(flat[at]), memory: text.slice(1), isWhole: text.startsWith("w") });
  }
  return kin;
}
