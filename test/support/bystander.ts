// A server in a process of its own with a small party on it that has nothing to do with what a test does to the server. After
// every attack it must be as if nothing had happened: alive, no fault, the party's messages whole and in order. The party speaks
// the wire that is attacked.
import { expect } from "bun:test";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { Client, type Frame } from "./client.ts";

const ROOT = join(import.meta.dir, "../..");
/** Nothing of this may stand in an answer: a path of the machine, a stack, a version. */
const SECRETS = [ROOT, process.execPath, "node_modules", "\n    at ", ".ts:", Bun.version];
const BAD_NEWS = /uncaught|unhandled|fault|"level":"(error|fatal)"/;

/** How two play on a wire. */
export interface Company {
  readonly path: string;
  /** Brings both into a room, with nothing left to hear. */
  meet(host: Client, guest: Client): Promise<void>;
  /** Says a number to everyone. */
  say(n: number): object;
  /** What each of them hears of the numbers that both say meanwhile, the host's first. */
  hears(numbers: readonly number[]): { readonly host: readonly Frame[][]; readonly guest: readonly Frame[][] };
}

export const PARTY: Company = {
  path: "/",
  async meet(host, guest) {
    const { room } = await host.ask({ type: "create", clientId: "tv", maxClients: 2 });
    await guest.ask({ type: "join", clientId: "ana", room });
    await host.next();
  },
  say: (n) => ({ type: "send", data: n }),
  hears(numbers) {
    const from = (clientId: string) => numbers.map((data) => ({ type: "message", from: clientId, data }));
    return { host: [from("ana")], guest: [from("tv")] };
  },
};

export class Bystanders {
  #said = 0;

  private constructor(
    readonly child: Child,
    private readonly company: Company,
    private readonly host: Client,
    private readonly guest: Client,
  ) {}

  /** Default settings, but that one trusted proxy names the addresses: each attack has one of its own, with all its limits. */
  static async start(company: Company = PARTY, env: Record<string, string> = {}): Promise<Bystanders> {
    const child = await startChild({ TRUSTED_PROXIES: "1", LOG_LEVEL: "debug", ...env });
    const headers = { "X-Forwarded-For": "192.0.2.1" };
    const host = await Client.connect(child.url + company.path, headers);
    const guest = await Client.connect(child.url + company.path, headers);
    await company.meet(host, guest);
    return new Bystanders(child, company, host, guest);
  }

  /** Fails unless the server lives, without a fault, and the party plays on undisturbed. */
  async areUnharmed(): Promise<void> {
    const numbers = [0, 1, 2].map((n) => this.#said + n);
    for (const n of numbers) for (const who of [this.host, this.guest]) who.send(this.company.say(n));
    this.#said += numbers.length;
    const { host, guest } = this.company.hears(numbers);
    await expectToHear(this.guest, guest);
    await expectToHear(this.host, host);
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
    expect(await this.child.ended).toBe(0);
  }
}

/** Fails unless the next frames are these, each list in its order; the lists come from different members, in any. */
async function expectToHear(reader: Client, lists: readonly Frame[][]): Promise<void> {
  const left = lists.map((list) => [...list]);
  while (left.some(({ length }) => length > 0)) {
    const frame = await reader.next();
    const list = left.find(([next]) => Bun.deepEquals(next, frame));
    if (list === undefined) expect(frame).toEqual(left[0]?.[0] as Frame);
    list?.shift();
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
