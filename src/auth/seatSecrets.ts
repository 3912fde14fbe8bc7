// How seats' secrets are kept: hashed with the room's id as salt, compared in constant time. Clients bring random secrets, so a
// fast hash is enough; a slow one would hold up every room for each join.
import { hash, timingSafeEqual } from "node:crypto";
import type { Secrets } from "../rooms/ports.ts";

export const secrets: Secrets = {
  // The salt first, with a mark behind it that no salt holds: no other pair makes the same text.
  seal: (secret, salt) => hash("sha256", `${salt}\u0000${secret}`, "base64url"),
  isSame: (sealed, other) => sealed.length === other.length && timingSafeEqual(Buffer.from(sealed), Buffer.from(other)),
};
