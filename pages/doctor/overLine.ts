// What a WebSocket tells: whether it opens, how long a way there and back is, how much goes through, and how long it may be silent.
import { time } from "../shared/amounts.ts";
import { ask } from "../shared/asked.ts";
import { broken, type Finding, good, look, skipped } from "./findings.ts";
import { Cut, type Line, openLine } from "./line.ts";
import type { Patient } from "./patient.ts";
import { PROXIES } from "./proxies.ts";

const TRIPS = 20;
/** Between two, so that they are as the messages of a game and not one burst. */
const TRIP_GAP_MS = 40;
/** Past these people notice, and past the last they give up. */
const SLOW_MS = 120;
const JITTER_MS = 60;
const HOPELESS_MS = 600;
const BIG_BYTES = 32_768;
export const SILENCE_S = 75;
const TICK_MS = 500;
const SLEPT_MS = 3_000;
/** Close codes from here on are the server's own. */
const OURS = 4_000;

const NO_LINE = skipped("It takes a WebSocket, and none opened.");

export async function socketOpens(patient: Patient): Promise<Finding> {
  const from = performance.now();
  try {
    patient.line = await openLine();
  } catch (error) {
    return whyNoSocket(patient, cutOf(error));
  }
  const ms = performance.now() - from;
  await openRoom(patient, patient.line);
  return good(`It opened in ${time(ms)}.`);
}

async function whyNoSocket({ doesHttpAnswer, seen }: Patient, { code }: Cut): Promise<Finding> {
  if (!doesHttpAnswer) return skipped("HTTP comes first: without it no WebSocket can open.");
  if (seen?.draining) return broken("The server is stopping and takes nobody new: wait for the next one to start.");
  // A call that changes nothing, and is refused in another way where pages of this origin may do nothing here.
  const { status } = await ask("/api/auth/verify", { method: "POST" });
  if (status === 403)
    return broken(
      `Pages of ${location.origin} may not connect: add it to ALLOWED_ORIGINS, and start the server again.`,
    );
  if (status === 0)
    return broken("The server answered at first and does not any more: see that it runs, then run this again.");
  const how = code === 0 ? "gets no answer" : "does not open";
  return broken(
    `HTTP answers and the WebSocket ${how}: the proxy does not pass the upgrade on. It needs these lines.`,
    {
      lines: PROXIES,
    },
  );
}

/** A room of one: what is sent there comes back to who sends it, and the line may be silent as those of players are. */
async function openRoom(patient: Patient, line: Line): Promise<void> {
  const [clientId, secret] = [randomText(), randomText()];
  try {
    const create = { type: "create", maxClients: 1, clientId, secret, id: "room" };
    const answer = await line.ask(create, (frame) => "id" in frame && frame.id === "room");
    if (answer.type === "created") patient.me = clientId;
    else if (answer.type === "error") patient.roomRefused = answer.message;
  } catch {
    // The next look says that the line is gone.
  }
}

/** Where a page did not come by https there is no `crypto.randomUUID`. */
function randomText(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join(".");
}

export async function trips({ line, stop }: Patient): Promise<Finding> {
  if (line === null) return NO_LINE;
  const made: number[] = [];
  try {
    while (made.length < TRIPS && !stop.aborted) {
      const from = performance.now();
      const id = made.length;
      await line.ask({ type: "ping", id }, (frame) => frame.type === "pong" && frame.id === id);
      made.push(performance.now() - from);
      await new Promise((then) => setTimeout(then, TRIP_GAP_MS));
    }
  } catch (error) {
    return broken(`After ${made.length} of ${TRIPS} round trips ${howCut(cutOf(error))}.`, { trips: made });
  }
  return judged(made);
}

/** The middle one, and by how much each differs from the one before. */
export function judged(made: readonly number[]): Finding {
  const median = [...made].sort((a, b) => a - b)[made.length >> 1] ?? 0;
  const steps = made.slice(1).map((ms, index) => Math.abs(ms - (made[index] ?? ms)));
  const jitter = steps.reduce((sum, step) => sum + step, 0) / Math.max(1, steps.length);
  const says = `${made.length} messages there and back: ${time(median)} in the median, ${time(jitter)} of jitter`;
  const more = { trips: made };
  if (median > HOPELESS_MS)
    return broken(`${says}. That is too slow to play: use a nearer server or another network.`, more);
  if (median > SLOW_MS) return look(`${says}. Players notice: go nearer to the Wi-Fi, or use a nearer server.`, more);
  if (jitter > JITTER_MS)
    return look(`${says}. The network is uneven: go nearer to the Wi-Fi, or off a busy one.`, more);
  return good(`${says}.`, more);
}

export async function bigFrame({ line, me, roomRefused }: Patient): Promise<Finding> {
  if (line === null) return NO_LINE;
  if (me === null) return skipped(`It takes a room, and the server opened none${roomRefused && ` (${roomRefused})`}.`);
  const data = "x".repeat(BIG_BYTES);
  const from = performance.now();
  try {
    const answer = await line.ask({ type: "send", to: me, data }, ({ type }) => type === "message" || type === "error");
    if (answer.type === "message" && answer.data === data)
      return good(`A message of 32 KiB came back whole in ${time(performance.now() - from)}.`);
    return broken(
      `A message of 32 KiB was refused${answer.type === "error" ? ` (${answer.message})` : ""}: raise the limit that is named.`,
    );
  } catch (error) {
    const cut = cutOf(error);
    if (cut.code === 1009)
      return look("Messages of 32 KiB are too large here: raise MAX_FRAME_BYTES, or the proxy's limit.");
    return broken(
      `With a message of 32 KiB ${howCut(cut)}: a proxy that inspects or limits messages must let them through.`,
    );
  }
}

/** Nothing is said for longer than the usual proxy waits; the browser answers the server's pings by itself, as it does for a player. */
export async function silence({ line, stop, skip, waits }: Patient): Promise<Finding> {
  if (line === null) return NO_LINE;
  const from = performance.now();
  const seconds = () => Math.floor((performance.now() - from) / 1_000);
  let wasHidden = document.hidden;
  const hides = () => {
    wasHidden = true;
  };
  document.addEventListener("visibilitychange", hides);
  let tickedAt = Date.now();
  const ticking = setInterval(() => {
    // A device that slept has lost its line by that, and no proxy is to blame.
    if (Date.now() - tickedAt > SLEPT_MS) hides();
    tickedAt = Date.now();
    waits(Math.min(SILENCE_S, seconds()));
  }, TICK_MS);
  const enough = new Promise<null>((then) => {
    const timer = setTimeout(() => then(null), SILENCE_S * 1_000);
    for (const signal of [stop, skip]) signal.addEventListener("abort", () => then(null));
    void line.cut.then(() => clearTimeout(timer));
  });
  try {
    const cut = await Promise.race([line.cut, enough]);
    if (skip.aborted || stop.aborted) return skipped(`You skipped it after ${seconds()} s; until then the line held.`);
    if (cut === null)
      await line.ask({ type: "ping", id: "silence" }, (frame) => frame.type === "pong" && frame.id === "silence");
    else return whyCut(cut, seconds(), wasHidden);
    return good(`A line on which nothing is said for ${SILENCE_S} s stays open.`);
  } catch (error) {
    return whyCut(cutOf(error), seconds(), wasHidden);
  } finally {
    document.removeEventListener("visibilitychange", hides);
    clearInterval(ticking);
  }
}

function whyCut({ code, reason }: Cut, seconds: number, wasHidden: boolean): Finding {
  if (wasHidden)
    return skipped(
      "The page was not looked at meanwhile, and the line was lost with that: keep it open, and run this again.",
    );
  if (code >= OURS)
    return broken(`The server ended the line after ${seconds} s (${code}, ${reason}): run this again when it is back.`);
  const how =
    code === 0
      ? `After ${seconds} s of silence nothing comes through any more`
      : `The line was cut after ${seconds} s of silence`;
  return broken(`${how}: a proxy times out, or the server has gone. Where the proxy does, give it 120 s or more.`, {
    lines: PROXIES,
  });
}

function howCut({ code, reason }: Cut): string {
  if (code === 0) return "no answer came";
  if (code >= OURS) return `the server ended the line (${code}, ${reason})`;
  return `the line was cut (${code}): the server has gone, or the network`;
}

function cutOf(error: unknown): Cut {
  if (error instanceof Cut) return error;
  // A browser that opens no socket at all throws: the policy of the page forbids it, or the address is none.
  return new Cut(1006, String(error));
}
