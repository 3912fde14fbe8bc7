// A server in a process of its own with a small party on it that has nothing to do with what a test does to the server. After
// every attack it must be as if nothing had happened: alive, no fault, the party's messages whole and in order.
import { expect } from "bun:test";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { Client } from "./client.ts";

const ROOT = join(import.meta.dir, "../..");
/** Nothing of this may stand in an answer: a path of the machine, a stack, a version. */
const SECRETS = [ROOT, process.execPath, "node_modules", "\n    at ", ".ts:", Bun.version];
const BAD_NEWS = /uncaught|unhandled|fault|"level":"(error|fatal)"/;

export class Bystanders {
  #said = 0;

  private constructor(
    readonly child: Child,
    private readonly host: Client,
    private readonly guest: Client,
  ) {}

  /** Default settings, but that one trusted proxy names the addresses: each attack has one of its own, with all its limits. */
  static async start(): Promise<Bystanders> {
    const child = await startChild({ TRUSTED_PROXIES: "1", LOG_LEVEL: "debug" });
    const headers = { "X-Forwarded-For": "192.0.2.1" };
    const host = await Client.connect(child.url, headers);
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 2 });
    const guest = await Client.connect(child.url, headers);
    await guest.ask({ type: "join", clientId: "ana", room });
    await host.next();
    return new Bystanders(child, host, guest);
  }

  /** Fails unless the server lives, without a fault, and the party plays on undisturbed. */
  async areUnharmed(): Promise<void> {
    const first = this.#said;
    for (let n = 0; n < 3; n++) {
      this.host.send({ type: "send", data: this.#said + n });
      this.guest.send({ type: "send", data: this.#said + n });
    }
    this.#said += 3;
    for (const [reader, from] of [
      [this.guest, "tv"],
      [this.host, "ana"],
    ] as const) {
      for (let n = first; n < this.#said; n++) expect(await reader.next()).toEqual({ type: "message", from, data: n });
    }
    expect((await fetch(`${this.child.http}/health`)).status).toBe(200);
    expect(await this.metric("partyline_faults_total")).toBe(0);
    expect(this.child.process.exitCode).toBeNull();
    expect(this.child.logged.filter((line) => BAD_NEWS.test(line))).toEqual([]);
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.child.http}/metrics`)).text();
    const row = text.split("\n").find((line) => line.startsWith(`${name} `));
    return Number(row?.slice(name.length + 1) ?? Number.NaN);
  }

  /** Waits until nobody but the party is on the server: what an attack left behind is gone. */
  async areAlone(): Promise<void> {
    while ((await this.metric("partyline_lines")) !== 2);
    expect([await this.metric("partyline_rooms"), await this.metric("partyline_seats")]).toEqual([1, 2]);
  }

  /** Ends it as an operator would; it must go in peace. */
  async stop(): Promise<void> {
    this.child.process.kill("SIGTERM");
    expect(await this.child.process.exited).toBe(0);
  }
}

/** Fails if an answer says where the server lives or what it is made of. */
export function expectNoSecrets(answer: string): void {
  for (const secret of SECRETS) expect(answer).not.toContain(secret);
}

let attackers = 0;

/** Headers that give an attacker an address nobody had before. */
export function newAddress(): { "X-Forwarded-For": string } {
  attackers++;
  return { "X-Forwarded-For": `198.18.${attackers >> 8}.${attackers & 255}` };
}
