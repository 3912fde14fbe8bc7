// A screen and a phone that play with the client as games do: both number what they say and note what they hear, in the accountant's books.
// The phone's line runs through a valve.

import { Valve } from "../../../clients/bots/valve.ts";
import { createRoom, joinRoom, type Room } from "../../../clients/js/src/index.ts";
import type { Accountant } from "../accountant.ts";

/** How long anything may take that a line does. */
const PATIENCE_MS = 40_000;

export class Pair {
  /** What its members got instead of an answer, by the code. */
  readonly rejected: Record<string, number> = {};
  readonly #asked: Promise<unknown>[] = [];
  #said = 0;

  private constructor(
    readonly names: readonly [tv: string, phone: string],
    readonly tv: Room,
    readonly phone: Room,
    readonly valve: Valve,
    private readonly accountant: Accountant,
  ) {
    this.#follow(tv, names[0], names[1]);
    this.#follow(phone, names[1], names[0]);
  }

  static async open(url: string, name: string, accountant: Accountant): Promise<Pair> {
    const valve = await Valve.open(url);
    const names = [`${name} tv`, `${name} phone`] as const;
    const tv = await createRoom({ url, maxClients: 4, name: names[0], history: 512 });
    const phone = await joinRoom({ url: valve.url, room: tv.code, name: names[1] });
    return new Pair(names, tv, phone, valve, accountant);
  }

  /** Both say their next number. */
  speak(): void {
    const n = ++this.#said;
    for (const [at, room] of [this.tv, this.phone].entries()) {
      const name = this.names[at] ?? "";
      this.accountant.sent(name, n, performance.now());
      this.#asked.push(
        room.send(n).then(
          () => this.accountant.acked(name, n),
          ({ code }) => {
            this.rejected[code] = (this.rejected[code] ?? 0) + 1;
          },
        ),
      );
    }
  }

  get said(): number {
    return this.#said;
  }

  /** Does that to the phone's line, and answers how long it took until the phone was here again, in ms. */
  async lose(how: (valve: Valve) => void): Promise<number> {
    await this.here();
    const back = this.phone.next("status", { filter: (status) => status === "here", timeoutMs: PATIENCE_MS });
    const lostAt = performance.now();
    how(this.valve);
    await back;
    return performance.now() - lostAt;
  }

  /** Resolves when both are here. @throws {PartylineError} when that takes too long */
  async here(): Promise<void> {
    for (const room of [this.tv, this.phone]) {
      while (room.status !== "here") await room.next("status", { timeoutMs: PATIENCE_MS });
    }
  }

  /** Everything that was asked is answered, and all that is under way is heard. */
  async settle(): Promise<void> {
    await Promise.all(this.#asked);
    await this.here();
    // What was said before has been heard when this is.
    const heard = [this.tv, this.phone].map((room) =>
      room.next("message", { filter: (data) => data === "fence", timeoutMs: PATIENCE_MS }),
    );
    await Promise.all([this.tv.send("fence"), this.phone.send("fence")]);
    await Promise.all(heard);
  }

  async end(): Promise<void> {
    await Promise.all([this.phone.leave(), this.tv.leave()]);
    await this.valve.close();
  }

  #follow(room: Room, name: string, other: string): void {
    const { accountant } = this;
    accountant.joined(name, performance.now());
    let lostAt = 0;
    let isFresh = false;
    room.on("status", (status) => {
      if (status === "away") lostAt ||= performance.now();
      if (status !== "here" || lostAt === 0) return;
      const awayMs = performance.now() - lostAt;
      lostAt = 0;
      isFresh = false;
      // It is told fresh right behind this, if it is.
      queueMicrotask(() => accountant.back(name, !isFresh, performance.now(), awayMs));
    });
    room.on("fresh", () => {
      isFresh = true;
      accountant.noticed(name, performance.now());
    });
    room.on("over", ({ why, reason }) => accountant.over(`${why}: ${reason}`));
    room.on("message", (data) => {
      if (typeof data === "number") accountant.heard(name, other, data);
    });
  }
}
