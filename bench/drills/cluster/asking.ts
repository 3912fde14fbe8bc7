// One request on a line of its own.

import { Line } from "../../client/line.ts";
import type { Frame } from "../member.ts";

/** What answers a request that lets somebody in. */
const ANSWERS = ["created", "joined", "error"];

/** Asks, and hangs up, or waits until it is closed where it `isToStay`. @returns the type of the answer, the code of an error or of a close, or "nothing" in that time */
export async function asked(
  url: string,
  request: object,
  patienceMs: number,
  hear = (_: Frame) => {},
  isToStay = false,
): Promise<string> {
  const line = new Line(url, "asking");
  const { promise, resolve } = Promise.withResolvers<string>();
  line.onOpen = () => line.say({ clientId: crypto.randomUUID(), ...request });
  line.onText = (text) => {
    const frame: Frame = JSON.parse(text);
    const { type, code } = frame;
    hear(frame);
    if (ANSWERS.includes(type)) resolve(type === "error" ? `${code}` : type);
  };
  const closed = Promise.withResolvers<void>();
  line.onClosed = (code) => {
    resolve(`${code}`);
    closed.resolve();
  };
  const timer = setTimeout(() => resolve("nothing"), patienceMs);
  const answer = await promise.finally(() => clearTimeout(timer));
  if (isToStay) await closed.promise;
  line.say({ type: "leave" });
  await line.bye();
  return answer;
}
