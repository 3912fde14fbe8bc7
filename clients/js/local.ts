// partyline-client/local: the server's own core behind lines in memory, for tests of games: no port, no process, and time that passes when a
// test says so. It is made of the same sources as the server, never of a second copy of its rules; sessions are left out.

import { Kept } from "../../src/limits/kept.ts";
import { Outgoing } from "../../src/limits/outgoing.ts";
import { BOUNDS, type Limits } from "../../src/limits/table.ts";
import { Relay } from "../../src/relay.ts";
import type { Secrets } from "../../src/rooms/ports.ts";
import { Rooms } from "../../src/rooms/rooms.ts";
import { StandingClock } from "./local/clock.ts";
import { LocalDoor } from "./local/door.ts";
import { LocalLine, LocalOutlet } from "./local/line.ts";
import { eventLog, memberCommands, roomWatcher, subscribers } from "./local/sessions.ts";
import { LocalSocket, Traffic } from "./local/socket.ts";

export type { LocalSocket } from "./local/socket.ts";

/** A member, as `createRoom` and `joinRoom` answer it. */
export interface Joined {
  readonly code: string;
  readonly me: { readonly id: string };
}

/** The server's clock. It stands still: seats wait for ever until a test lets time pass. */
export interface LocalClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Lets so many ms pass at once. The promise is kept when all who are awake have heard what came of it. */
  pass(ms: number): Promise<void>;
}

export interface LocalServer {
  /** An address for clients that want one; it leads nowhere. */
  readonly url: string;
  /** Opens a line to this server, whatever the address: `createRoom({ url: s.url, socket: s.socket, … })`. */
  readonly socket: (url?: string) => LocalSocket;
  readonly clock: LocalClock;
  /**
   * Cuts the member's line: what is under way is lost, both ends learn of it, and the client comes back by itself, in up to 100 ms.
   * @throws {Error} where it is on no line
   */
  cut(member: Joined): void;
  /**
   * The member's phone sleeps: nothing comes to it or from it. After 25 s of the server's clock it is away.
   * @throws {Error} where it is on no line
   */
  sleep(member: Joined): void;
  /** It wakes: all that was held comes, the end of its line included. @throws {Error} where it does not sleep */
  wake(member: Joined): void;
  /** Waits until nothing is under way: what has not been heard by then has not been sent. */
  settled(): Promise<void>;
}

const CODE_CHARS = 4;
/** Without the limits of rate, as LIMITS=off has it: a test may be as fast as it likes. */
const LIMITS = Object.fromEntries(
  Object.entries(BOUNDS).map(([name, { value, isRate }]) => [name, isRate ? Number.POSITIVE_INFINITY : value]),
) as Limits;

/** The secrets of a test's seats leave this process nowhere, so they are compared as they are. */
const secrets: Secrets = {
  seal: (secret, salt) => `${salt}\u0000${secret}`,
  isSame: (sealed, other) => sealed === other,
};

/** A server in this process, with no room yet. */
export function localServer(): LocalServer {
  const clock = new StandingClock();
  const traffic = new Traffic();
  const outlet = new LocalOutlet();
  const lines = new Set<LocalLine>();
  const asleep = new Map<string, LocalLine>();
  const deps = { outlet, secrets, watcher: roomWatcher, outgoing: new Outgoing(LIMITS), kept: new Kept(LIMITS) };
  const rooms = new Rooms(LIMITS, CODE_CHARS, clock, deps);
  const relay = new Relay({ rooms, roomWatcher, memberCommands, subscribers, eventLog, clock });
  const door = new LocalDoor(relay, LIMITS, clock);

  function answer(socket: LocalSocket) {
    const line = new LocalLine(socket, gone);
    lines.add(line);
    return { heard: (data: string | Uint8Array) => door.heard(line, data), gone: () => line.lose() };
  }

  function gone(line: LocalLine): void {
    lines.delete(line);
    outlet.forget(line);
    relay.gone(line, line.closedAs === "noSignOfLife" ? "timeout" : "lost");
  }

  function lineOf({ code, me }: Joined): LocalLine {
    for (const line of lines) if (line.seat?.clientId === me.id && line.seat.room.code === code) return line;
    throw new Error(`${me.id} is on no line to room ${code}`);
  }

  return {
    url: "ws://local/v1",
    socket: () => new LocalSocket(traffic, answer),
    clock: {
      now: () => clock.now(),
      pass(ms) {
        clock.advance(ms);
        return traffic.settled();
      },
    },
    cut: (member) => lineOf(member).socket.cut(),
    sleep(member) {
      const line = lineOf(member);
      asleep.set(keyOf(member), line);
      line.socket.sleep();
      door.slept(line);
    },
    wake(member) {
      const line = asleep.get(keyOf(member));
      if (line === undefined) throw new Error(`${member.me.id} does not sleep`);
      asleep.delete(keyOf(member));
      door.woke(line);
      line.socket.wake();
    },
    settled: () => traffic.settled(),
  };
}

/** No code has a blank in it. */
function keyOf({ code, me }: Joined): string {
  return `${code} ${me.id}`;
}
