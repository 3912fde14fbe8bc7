// The signature of a call by the rules of Standard Webhooks [W7]. Made here and not by their package: it is five lines of `node:crypto`, and the
// package brings a SHA-256 in JavaScript with two packages of its own. The tests hold it against the package's verifier.
import { createHmac, randomBytes } from "node:crypto";

const PREFIX = "whsec_";
/** What their rules ask for: 24 to 64. */
const SECRET_BYTES = 32;

/** A secret that nobody had before. */
export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString("base64");
}

/** The headers that say which call it is, when it was made, and by whom. @param wallMs in ms since 1970 */
export function signed(secret: string, id: string, wallMs: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(wallMs / 1000));
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
