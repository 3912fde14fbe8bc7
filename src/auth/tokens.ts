// Tokens: issued for the admin key, verified on every call that changes something. The algorithm, the issuer and the audience
// are ours to say, and so is the key: nothing in a token's header chooses any of them [S31].
import { createHash } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { Clock } from "../clock.ts";
import { WIRE } from "../limits/table.ts";
import { ALL_SEEN, type Sight } from "../protocol/sight.ts";

/** How long a token lives: an evening, and the day after [S31]. */
const TOKEN_SECONDS = 86_400;

const ALGORITHM = "HS256";
const ISSUER = "partyline";
const AUDIENCE = "partyline-api";
const SUBJECT = "admin";
/** Whoever has such a token looks on, and changes nothing [S38]. */
const VIEWER = "viewer";
/**
 * Three parts, written as ours are. The decoder that jose takes from Bun passes over blanks, a `=` at the end and the last two
 * bits of a signature: one token would have many texts.
 */
const SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+[AEIMQUYcgkosw048]$/;
/** The last moment that a Date can tell. `1e400` is read as Infinity, a number that jose lets pass: a token without an end. */
const DATE_MS_MAX = 8.64e15;

/** Good tokens that are known by their hash. A bot has one, a restart of a bot takes another. */
export const KNOWN_MAX = 256;

/** Digits of a token's hash that tell it apart from others in the log. */
const ID_CHARS = 8;

/** What a good token allows, and how long. */
export interface Pass extends Sight {
  /** Whether it was had for the admin key; else it is a viewer's, which looks on alone [S38]. */
  readonly isAdmin: boolean;
  /** ms since 1970 */
  readonly expiresAtMs: number;
}

export class Tokens {
  /**
   * The hash of each token that was found good, with what it allows: a check by jose imports the key and crosses to a thread and
   * back, which was a quarter of what a vote by HTTP cost (measured). Only good ones are here, so no stranger fills it; by the hash, so that
   * how long a look takes tells nothing of a token.
   */
  readonly #known = new Map<string, Pass>();

  constructor(
    private readonly secret: Uint8Array,
    private readonly clock: Pick<Clock, "wall">,
  ) {}

  /** How many good tokens are known by their hash, KNOWN_MAX at most. */
  get known(): number {
    return this.#known.size;
  }

  /** A token that is good from now on for TOKEN_SECONDS. */
  issue(): Promise<string> {
    return this.#sign(SUBJECT, {}, TOKEN_SECONDS);
  }

  /** A token that lets its holder look on, and do nothing else, for so many seconds [S38]. */
  issueViewer({ session, codes }: Sight, seconds: number): Promise<string> {
    return this.#sign(VIEWER, { codes, ...(session !== null && { session }) }, seconds);
  }

  #sign(subject: string, claims: Record<string, unknown>, seconds: number): Promise<string> {
    const now = Math.floor(this.clock.wall() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT" })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(subject)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .sign(this.secret);
  }

  /** What the token allows; null when it is none of ours, has ended, or is no token at all. Never rejects. */
  async verify(token: string): Promise<Pass | null> {
    if (token.length > WIRE.tokenCharsMax || !SHAPE.test(token)) return null;
    const hash = hashOf(token, "base64");
    const known = this.#known.get(hash);
    if (known !== undefined && known.expiresAtMs > this.clock.wall()) return known;
    const pass = await this.#check(token);
    if (pass !== null) this.#remember(hash, pass);
    return pass;
  }

  #remember(hash: string, pass: Pass): void {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= KNOWN_MAX) this.#known.delete(oldest);
    this.#known.set(hash, pass);
  }

  async #check(token: string): Promise<Pass | null> {
    try {
      const { payload } = await jwtVerify(token, this.secret, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ["exp"],
        currentDate: new Date(this.clock.wall()),
      });
      const expiresAtMs = (payload.exp ?? Number.POSITIVE_INFINITY) * 1000;
      if (expiresAtMs > DATE_MS_MAX) return null;
      if (payload.sub === SUBJECT) return { isAdmin: true, ...ALL_SEEN, expiresAtMs };
      const sight = payload.sub === VIEWER ? sightOf(payload) : null;
      return sight && { isAdmin: false, ...sight, expiresAtMs };
    } catch {
      return null;
    }
  }
}

/** What a viewer's token says that it may see; null where it says anything that is no such thing. */
function sightOf({ session = null, codes = false }: Readonly<Record<string, unknown>>): Sight | null {
  const isSession = session === null || (typeof session === "number" && Number.isSafeInteger(session) && session > 0);
  return isSession && typeof codes === "boolean" ? { session, codes } : null;
}

/** Tells a token apart from others in the log, and opens nothing [M13]. */
export function tokenId(token: string): string {
  return hashOf(token, "hex").slice(0, ID_CHARS);
}

function hashOf(token: string, as: "hex" | "base64"): string {
  return createHash("sha256").update(token).digest(as);
}
