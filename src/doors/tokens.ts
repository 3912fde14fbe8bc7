// Tokens: made for who has the admin key, looked at on every call that changes something. The algorithm, the issuer and the audience
// are ours to say, and so is the key: nothing in a token's header chooses any of them [S31].
import { jwtVerify, SignJWT } from "jose";
import { FIXED } from "../limits.ts";
import type { Clock } from "../rooms/ports.ts";

const ALGORITHM = "HS256";
const ISSUER = "partyline";
const AUDIENCE = "partyline-api";
const SUBJECT = "admin";

/** What a good token allows, and how long. */
export interface Pass {
  /** ms since 1970 */
  readonly expiresAtMs: number;
}

export class Tokens {
  constructor(
    private readonly secret: Uint8Array,
    private readonly clock: Clock,
  ) {}

  /** A token that is good from now on for FIXED.tokenSeconds. */
  issue(): Promise<string> {
    const now = Math.floor(this.clock.now() / 1000);
    return new SignJWT()
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(SUBJECT)
      .setIssuedAt(now)
      .setExpirationTime(now + FIXED.tokenSeconds)
      .sign(this.secret);
  }

  /** What the token allows; null when it is none of ours, has ended, or is no token at all. Never rejects. */
  async verify(token: string): Promise<Pass | null> {
    if (token.length > FIXED.tokenCharsMax) return null;
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        subject: SUBJECT,
        requiredClaims: ["exp"],
        currentDate: new Date(this.clock.now()),
      });
      return payload.exp === undefined ? null : { expiresAtMs: payload.exp * 1000 };
    } catch {
      return null;
    }
  }
}
