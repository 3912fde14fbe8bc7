// What has to be alike on all nodes, and what of the server's secret is used in the engine: keys of their own, so that nothing there tells
// the secret, an address, or what a room holds.
import { createHmac, hkdfSync } from "node:crypto";
import type { Scripts } from "./scripts.ts";

/** What a node has to have in common with the others [N12]. */
export interface Alike {
  /** Of what nodes say to each other: one apart is understood. */
  readonly version: number;
  readonly codeLength: number;
  /** The dialect of `/`. */
  readonly rootDialect: string;
  readonly secret: Uint8Array;
  readonly adminKey: string;
}

const HASH_CHARS = 16;

/**
 * What of this node is not as it is on the nodes that live, in words for the operator; empty: it may start [N12].
 * @throws {EngineAway}
 */
export async function differences(scripts: Pick<Scripts, "conf">, own: Alike): Promise<string[]> {
  const named = [
    ["VERSION", String(own.version)],
    ["ROOM_CODE_LENGTH", String(own.codeLength)],
    ["RELAY_DIALECT", own.rootDialect],
    ["JWT_SECRET", Buffer.from(keyFrom(own.secret, "check")).toString("base64url").slice(0, HASH_CHARS)],
    // Hashed with the secret: whoever reads the engine cannot try keys.
    ["ADMIN_KEY", hashed(keyFrom(own.secret, "admin"), own.adminKey)],
  ] as const;
  const standing = await scripts.conf(named);
  return named.flatMap(([name, value], at) => {
    const theirs = standing[at] ?? value;
    if (theirs === value) return [];
    if (name === "VERSION") {
      const isNear = Math.abs(Number(theirs) - own.version) <= 1;
      return isNear ? [] : [`they speak version ${theirs} to each other, and this one ${value}`];
    }
    // What a secret is derived to is nobody's business, either.
    const isSecret = name === "JWT_SECRET" || name === "ADMIN_KEY";
    // With another secret the key's hash differs by itself.
    if (name === "ADMIN_KEY" && standing[at - 1] !== named[at - 1]?.[1]) return [];
    return [isSecret ? `${name} is another` : `${name} is ${theirs} there and ${value} here`];
  });
}

/** An address as it stands in the engine: the same on all nodes, and told to nobody. */
export function addressHasher(secret: Uint8Array): (address: string) => string {
  const key = keyFrom(secret, "address");
  return (address) => hashed(key, address);
}

function hashed(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url").slice(0, HASH_CHARS);
}

/** The key that memories in the engine are sealed with. */
export function estateKey(secret: Uint8Array): Uint8Array {
  return keyFrom(secret, "rooms");
}

function keyFrom(secret: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `partyline cluster ${use}`, 32));
}
