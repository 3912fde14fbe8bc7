// The Jackbox rooms that this server watches [E1]: one way a code, however many games are played there, and no more than it may have. What is heard is
// handed on in a turn of its own, by a clock that may stand still: a node that is frozen tells nothing [N8].
import type { Clock } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { Log } from "../../log.ts";
import type { Series } from "../../metrics.ts";
import { typedCode } from "../../rooms/codes.ts";
import type { DisconnectReason } from "../../sessions/events.ts";
import type { Heard, Platform, View, Watch } from "../../sessions/ports.ts";
import { type Ask, Directory } from "./directory.ts";
import { allowed, rulesFor } from "./hosts.ts";
import { type Dial, dialler } from "./line.ts";
import type { WatchDeps } from "./ports.ts";
import { RoomWatch } from "./watch.ts";

/** How a code of theirs is typed [E3]. */
const CODE = /^[A-Za-z]{4,5}$/;

type EcastConfig = Pick<Config, "ecastUrl" | "ecastHosts" | "ecastName" | "limits">;

/** What it reaches the other service with. */
interface Reach {
  readonly ask: Ask;
  readonly dial: Dial;
  readonly random: () => number;
  readonly stop: () => void;
}

/** A way that is shared. */
interface Shared {
  readonly watch: RoomWatch;
  readonly heard: Set<Heard>;
  /** The room as it was last seen; null: the way does not stand. */
  view: View | null;
}

/** Watches Jackbox rooms; null: nobody wants that, and nothing is ever connected to. */
export function openEcast(config: EcastConfig, clock: Clock, log: Log): Ecast | null {
  const { ecastUrl: url } = config;
  if (url === "") return null;
  if (url.startsWith("http:")) log.warn("ECAST_URL is http: what is watched can be read and changed on its way");
  const directory = new Directory(url, clock);
  const reach: Reach = { ask: directory.ask, dial: dialler(clock), random: Math.random, stop: () => directory.stop() };
  return new Ecast(config, clock, log, reach);
}

export class Ecast implements Platform {
  readonly #byCode = new Map<string, Shared>();
  readonly #deps: WatchDeps;
  readonly #counts = { attempts: 0, framesDropped: 0 };
  readonly #overs = new Map<DisconnectReason, number>();

  constructor(
    private readonly config: EcastConfig,
    private readonly clock: Clock,
    log: WatchDeps["log"],
    private readonly reach: Reach,
  ) {
    const { ecastUrl, ecastHosts, ecastName } = config;
    const isSecure = ecastUrl.startsWith("https:");
    const rules = rulesFor(ecastUrl, ecastHosts);
    this.#deps = {
      ...{ clock, log, counts: this.#counts, ask: reach.ask, dial: reach.dial, random: reach.random },
      allow: (host) => allowed(host, isSecure ? "https:" : "http:", rules),
      newUser: () => crypto.randomUUID(),
      urlOf: (host, code, user, pass) => {
        const query = new URLSearchParams({ role: "shard", name: ecastName, format: "json", "user-id": user });
        if (pass !== null) query.set("id", String(pass.id));
        if (pass !== null) query.set("secret", pass.secret);
        return `${isSecure ? "wss" : "ws"}://${host}/api/v2/rooms/${code}/play?${query}`;
      },
    };
  }

  read(typed: string): string | null {
    const code = typedCode(typed);
    return CODE.test(code) ? code.toUpperCase() : null;
  }

  hasPlaceFor(code: string, instead: string | null): boolean {
    if (this.#byCode.has(code)) return true;
    const ends = instead !== null && this.#byCode.get(instead)?.heard.size === 1 ? 1 : 0;
    return this.#byCode.size - ends < this.config.limits.ecastWatchesMax;
  }

  watch(code: string, heard: Heard): Watch {
    const shared = this.#byCode.get(code) ?? this.#begin(code);
    shared.heard.add(heard);
    const { view } = shared;
    if (view !== null) this.#hand(shared, heard, () => heard.attached(shared.view ?? view));
    return {
      stop: () => {
        if (!shared.heard.delete(heard) || shared.heard.size > 0) return;
        shared.watch.stop();
        if (this.#byCode.get(code) === shared) this.#byCode.delete(code);
      },
    };
  }

  /** What /metrics shows of it. */
  readonly series: readonly Series[] = [
    {
      name: "partyline_ecast_watches",
      help: "Jackbox rooms that are watched, by how far that is",
      label: "state",
      read: () => this.#byState(),
    },
    {
      name: "partyline_ecast_overs_total",
      help: "Jackbox rooms that are watched no more, by the reason that was told",
      label: "reason",
      read: () => this.#overs,
    },
    {
      name: "partyline_ecast_attempts_total",
      help: "Times that a Jackbox room was looked for",
      label: null,
      read: () => [["", this.#counts.attempts]],
    },
    {
      name: "partyline_ecast_frames_dropped_total",
      help: "Frames of Jackbox rooms that say nothing to a watcher",
      label: null,
      read: () => [["", this.#counts.framesDropped]],
    },
  ];

  /** Nobody hears anything any more, and nothing is connected to. */
  stop(): void {
    for (const { watch, heard } of this.#byCode.values()) {
      heard.clear();
      watch.stop();
    }
    this.#byCode.clear();
    this.reach.stop();
  }

  #begin(code: string): Shared {
    const heard = new Set<Heard>();
    const all = (tell: (one: Heard) => void) => {
      for (const one of heard) this.#hand(shared, one, () => tell(one));
    };
    const watch = new RoomWatch(code, this.#deps, {
      isLobbyOpen: () => [...heard].some((one) => one.isLobbyOpen),
      attached: (view) => {
        shared.view = view;
        all((one) => one.attached(view));
      },
      changed: (view) => {
        shared.view = view;
        all((one) => one.changed(view));
      },
      lost: () => {
        shared.view = null;
        all((one) => one.lost());
      },
      over: (reason) => {
        shared.view = null;
        this.#overs.set(reason, (this.#overs.get(reason) ?? 0) + 1);
        if (this.#byCode.get(code) === shared) this.#byCode.delete(code);
        all((one) => {
          heard.delete(one);
          one.over(reason);
        });
      },
    });
    const shared: Shared = { watch, heard, view: null };
    this.#byCode.set(code, shared);
    return shared;
  }

  /** Tells one of them, in a turn of its own, if it still listens then. */
  #hand(shared: Shared, heard: Heard, tell: () => void): void {
    this.clock.soon(() => {
      if (shared.heard.has(heard)) tell();
    });
  }

  #byState(): Map<string, number> {
    const counts = new Map<string, number>(["probing", "connecting", "watching", "lost"].map((state) => [state, 0]));
    for (const { watch } of this.#byCode.values()) counts.set(watch.state, (counts.get(watch.state) ?? 0) + 1);
    return counts;
  }
}
