// Wrong room codes for the tests of guessing: different ones, and as many as use up all that an address is answered at once.
import { Client } from "./client.ts";
import type { TestServer } from "./server.ts";

const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/** As SPEC.md says it. */
const FREE = 10;
const FIRST_SAVED = 30;
const PROBES_SAVED = 10;

/** The nth of a thousand wrong codes. */
export function wrongCode(n: number): string {
  return `ZZ${ALPHABET[n >> 5]}${ALPHABET[n & 31]}`;
}

/** A join that names it. */
export function wrongJoin(n: number): { type: "join"; clientId: string; room: string } {
  return { type: "join", clientId: "mallory", room: wrongCode(n) };
}

/** Where rooms are opened: whoever knocks from another address is a stranger to them. Needs TRUSTED_PROXIES=1. */
export const ELSEWHERE = { "X-Forwarded-For": "203.0.113.7" };

/**
 * Uses up what this address is answered at once, on every kind of turn, with codes from 900 on; answers a line that was wrong twice.
 * From then on every line and every probe waits for 2 s, and one for another.
 */
export async function exhaust(server: TestServer): Promise<Client> {
  let n = 900;
  for (let probe = 0; probe < FREE + PROBES_SAVED; probe++) {
    const { status } = await fetch(`${server.http}/room/${wrongCode(n++)}`);
    if (status !== 404) throw new Error(`the probe was answered ${status}`);
  }
  for (let line = 1; line < FIRST_SAVED; line++) {
    const first = await Client.connect(server.url);
    await missed(first, n++);
    await first.close();
  }
  const guesser = await Client.connect(server.url);
  await missed(guesser, n++);
  await missed(guesser, n++);
  return guesser;
}

async function missed(line: Client, n: number): Promise<void> {
  const { message } = await line.ask(wrongJoin(n));
  if (message !== "Room not found") throw new Error(`the guess was answered ${message}`);
}
