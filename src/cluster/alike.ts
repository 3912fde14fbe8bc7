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
    return [name === "JWT_SECRET" ? "JWT_SECRET is another" : `${name} is ${theirs} there and ${value} here`];
  });
}

/** An address as it stands in the engine: the same on all nodes, and told to nobody. */
export function addressHasher(secret: Uint8Array): (address: string) => string {
  const key = keyFrom(secret, "address");
  return (address) => createHmac("sha256", key).update(address).digest("base64url").slice(0, HASH_CHARS);
}

/** The key that memories in the engine are sealed with. */
export function estateKey(secret: Uint8Array): Uint8Array {
  return keyFrom(secret, "rooms");
}

function keyFrom(secret: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `partyline cluster ${use}`, 32));
}
