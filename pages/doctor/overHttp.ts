// What plain HTTP tells: whether the server answers, and what it sees of a request that comes this way.
import { time } from "../shared/amounts.ts";
import { type Answer, ask } from "../shared/asked.ts";
import { isLoopback } from "../shared/origins.ts";
import { broken, type Finding, good, look, note, skipped } from "./findings.ts";
import type { Patient, Seen } from "./patient.ts";
import { PROXIES } from "./proxies.ts";

/** Games that count down by a clock that is off by more are seen to be wrong. */
const CLOCK_OFF_MS = 2_000;
const UNSEEN = skipped("The server did not say what it sees of a request.");

export async function reached(patient: Patient): Promise<Finding> {
  const answer = await ask("/health");
  const { status, body, ms } = answer;
  patient.doesHttpAnswer = status === 200 && (body as { status?: string } | null)?.status === "ok";
  if (!patient.doesHttpAnswer) return broken(whyNoAnswer(answer));
  await see(patient);
  return good(`The server answered in ${time(ms)}.`);
}

function whyNoAnswer({ status }: Answer): string {
  if (status === 0)
    return "Nothing answered: see that the server runs and that this device is in its network, then run this again.";
  if (status >= 502 && status <= 504)
    return `A proxy answered ${status}: it runs, and finds no server behind it. Start the server, or mend the address that the proxy passes on to.`;
  if (status === 429)
    return "Too many requests came from this address: wait ten seconds, then run this again, or raise HTTP_REQUESTS_PER_SECOND.";
  return `Something else answered (${status}): a proxy that does not pass /health on, or the login page of a Wi-Fi.`;
}

async function see(patient: Patient): Promise<void> {
  const before = Date.now();
  const { status, body, ms } = await ask("/api/doctor");
  if (status !== 200 || body === null) return;
  patient.seen = body as Seen;
  patient.clockErrorMs = ms / 2;
  patient.aheadMs = patient.seen.at - (before + ms / 2);
}

export function addressCounted({ seen }: Patient): Finding {
  if (seen === null) return UNSEEN;
  const { address, proxy, forwarded } = seen;
  if (proxy === "none") return good(`No proxy stands between: you count as ${address}.`);
  if (proxy === "named") return good(`A proxy passed this on that TRUSTED_PROXIES names: you count as ${address}.`);
  return look(
    `A proxy passed this on (${forwarded.join(", ")}) and TRUSTED_PROXIES does not name it, so all players share one address (${address}) and its limits: set TRUSTED_PROXIES=1 where one proxy stands before the server.`,
  );
}

export function askedFor({ seen }: Patient): Finding {
  if (seen === null) return UNSEEN;
  const way = location.protocol === "https:" ? "https" : "http";
  if (seen.host !== location.host) {
    return look(
      `You asked for ${location.host} and the server hears ${seen.host || "no name"}: the proxy must pass the Host on.`,
      { lines: PROXIES },
    );
  }
  const isUntold = way === "https" && seen.scheme === "http";
  return good(
    `The server hears ${seen.host}, as you asked${isUntold ? "; that it was by https the proxy did not say, which nothing needs" : `, by ${way}`}.`,
  );
}

export function takesRooms({ seen }: Patient): Finding {
  if (seen === null) return UNSEEN;
  if (seen.draining)
    return broken("The server is stopping and takes nobody new: wait for the next one to start, then run this again.");
  return good("The server takes new rooms and players.");
}

export function limited({ seen }: Patient): Finding {
  if (seen === null) return UNSEEN;
  if (seen.limits === "off")
    return look("LIMITS=off: right for a party at home, but take it away where strangers can reach the server.");
  return good("Limits are on: one guest cannot slow down all.");
}

export function clock({ seen, aheadMs, clockErrorMs }: Patient): Finding {
  if (seen === null) return UNSEEN;
  const off = Math.abs(aheadMs);
  const way = aheadMs > 0 ? "behind" : "ahead of";
  if (off - clockErrorMs <= CLOCK_OFF_MS)
    return good(`This device's clock and the server's agree${off > 100 ? ` within ${time(off + clockErrorMs)}` : ""}.`);
  return look(
    `This device's clock is ${time(off)} ${way} the server's: let it set its time by itself; a game that counts down takes room.now().`,
  );
}

export async function phonesReach({ doesHttpAnswer }: Patient): Promise<Finding> {
  if (!isLoopback(location.origin)) return good(`Phones can be sent to ${location.origin}.`);
  if (!doesHttpAnswer)
    return skipped("Which addresses phones can reach only the server can say, and it does not answer.");
  const { status, body } = await ask("/api/here");
  const here = (status === 200 ? body : null) as { urls: string[]; bound?: string; contained?: boolean } | null;
  const [first, ...others] = here?.urls ?? [];
  const alone = `${location.host} is this machine's name for itself, which leads a phone nowhere`;
  if (first !== undefined) {
    const which = others.length === 0 ? "this address" : "one of these";
    return look(`${alone}: open the page for the screen at ${which} instead.`, { links: [first, ...others] });
  }
  // In a container, too, it is HOST that keeps everybody else out.
  if (here?.bound === "loopback") return look(`${alone}: HOST lets nobody else in, so start the server without HOST.`);
  if (here?.contained)
    return look(`${alone}: the server is in a container, so set PUBLIC_URL to the machine's address.`);
  return look(`${alone}, and this machine is in no network: connect it to one, or set PUBLIC_URL.`);
}

export function secure(): Finding {
  const { host } = location;
  if (location.protocol === "https:")
    return note(`This page came by https, so a game here must use wss://${host}: a ws:// address would be blocked.`);
  if (isSecureContext)
    return note(
      "Browsers take this machine's own name for secure; at another http address some features will be missing.",
    );
  const missing = missingFeatures();
  if (missing.length === 0) return good("This page came by http, and no feature that games use is missing.");
  return note(
    `This page came by http, so browsers keep back ${list(missing)}: a game that needs one must come by https.`,
  );
}

function missingFeatures(): string[] {
  const { navigator } = globalThis as { navigator: Partial<Navigator> };
  const has: readonly (readonly [what: string, isThere: unknown])[] = [
    ["wake lock", navigator.wakeLock],
    ["clipboard", navigator.clipboard],
    ["share", navigator.share],
    ["camera and microphone", navigator.mediaDevices],
    ["crypto.randomUUID", (crypto as Partial<Crypto>).randomUUID],
    ["crypto.subtle", (crypto as Partial<Crypto>).subtle],
    ["service workers", navigator.serviceWorker],
  ];
  return has.filter(([, isThere]) => !isThere).map(([what]) => what);
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

export function storage(): Finding {
  try {
    for (const place of [localStorage, sessionStorage]) {
      place.setItem("partyline:doctor", "1");
      place.removeItem("partyline:doctor");
    }
    return good("The browser keeps what makes a player the same one after a reload.");
  } catch {
    return look(
      "The browser keeps nothing, so a reload makes a player a new one: leave its private mode, or allow site data.",
    );
  }
}
