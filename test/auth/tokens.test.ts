// Tokens, good and forged. Each forged one is a good one with a single flaw, made by hand where jose refuses to make it; the same
// builder without the flaw makes tokens that pass, so that the table can fail.
import { describe, expect, test } from "bun:test";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { type CryptoKey, EncryptJWT, exportJWK, generateKeyPair, SignJWT } from "jose";
import { KNOWN_MAX, Tokens } from "../../src/auth/tokens.ts";
import { ManualClock } from "../support/clock.ts";

/** 32 bytes, so that it is a whole key for a JWE too. */
const SECRET = "kZ3vQ9xT1mB7wL5yH2nD8cF4gJ6pR0sA";
const OTHER_SECRET = "an attacker's own, 32 bytes long";
const clock = new ManualClock();
const NOW = clock.now() / 1000;
/** How long a token is good [S31]. */
const DAY_SECONDS = 86_400;
const HEADER = { alg: "HS256", typ: "JWT" };
const CLAIMS = { iss: "partyline", aud: "partyline-api", sub: "admin", iat: NOW, exp: NOW + 60 };

/** What a token of the operator's allows. */
const ADMIN = { isAdmin: true, session: null, codes: true };

const tokens = new Tokens(bytes(SECRET), clock);
const verify = (token: string) => tokens.verify(token);

/** What is other than in a good token; undefined leaves a field out. A text stands for the whole part, whatever it holds. */
interface Flaw {
  readonly header?: Record<string, unknown> | string;
  readonly claims?: Record<string, unknown> | string;
  readonly key?: string;
  readonly hash?: "sha256" | "sha384" | "sha512";
  /** How a part is written. */
  readonly write?: (part: "header" | "claims", text: string) => string;
}

function forge({ header = {}, claims = {}, key = SECRET, hash = "sha256", write = (_, text) => base64(text) }: Flaw) {
  const headerText = typeof header === "string" ? header : JSON.stringify({ ...HEADER, ...header });
  const claimsText = typeof claims === "string" ? claims : JSON.stringify({ ...CLAIMS, ...claims });
  const signed = `${write("header", headerText)}.${write("claims", claimsText)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

/** The claims as JSON with this for `exp`: what JSON.stringify cannot write. */
function withExp(json: string): string {
  return JSON.stringify(CLAIMS).replace(/"exp":\d+/, `"exp":${json}`);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64url");
}

type Parts = readonly [header: string, claims: string, signature: string];

/** A good token taken apart. One is looked for whose signature has a `-` and a `_`, for those who write them otherwise. */
function parts(): Parts {
  for (let jti = 0; ; jti++) {
    const [header = "", claims = "", signature = ""] = forge({ claims: { jti } }).split(".");
    if (signature.includes("-") && signature.includes("_")) return [header, claims, signature];
  }
}

const [H, C, S] = parts();
const GOOD = `${H}.${C}.${S}`;

/** The signature with one of the bits changed that its last character has to spare. */
function spareBit(signature: string, bit: 1 | 2): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.at(-1) ?? "") ^ bit];
}

/** A good token of exactly that length: the claims have something to fill it. */
function ofLength(length: number): string {
  for (let fill = 0; fill < length; fill++) {
    const token = forge({ claims: { fill: "x".repeat(fill) } });
    if (token.length === length) return token;
    if (token.length > length) break;
  }
  throw new Error(`no token has ${length} characters`);
}

/** Signed by jose with a key pair of the attacker's, whose public half the header brings. */
async function ownKeyPair(extra: (jwk: object) => Record<string, unknown>): Promise<string> {
  const { publicKey, privateKey } = await RSA;
  const header = { alg: "RS256", typ: "JWT", ...extra(await exportJWK(publicKey)) };
  return new SignJWT(CLAIMS).setProtectedHeader(header).sign(privateKey as CryptoKey);
}
const RSA = generateKeyPair("RS256", { extractable: true });
const PEM = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ type: "spki", format: "pem" });

/** What a header can say of its key; each is used with a key of the attacker's, and with ours. */
const KEY_HEADERS: readonly [string, Record<string, unknown>][] = [
  ["kid, a path", { kid: "../../../../dev/null" }],
  ["kid, SQL", { kid: "x' UNION SELECT 'an attacker''s own, 32 bytes long' --" }],
  ["kid, a command", { kid: "|cat /etc/passwd" }],
  ["kid, no text", { kid: { $ne: null } }],
  ["jwk", { jwk: { kty: "oct", k: base64(OTHER_SECRET), alg: "HS256" } }],
  ["jku", { jku: "https://attacker.example/jwks.json" }],
  ["x5u", { x5u: "https://attacker.example/cert.pem" }],
  ["x5c", { x5c: [base64("a certificate")] }],
  ["x5t", { x5t: base64("a thumbprint") }],
];

describe("a good token", () => {
  test("[S31] issued ones pass, until their end to the second", async () => {
    const moving = new ManualClock();
    const mine = new Tokens(bytes(SECRET), moving);
    const token = await mine.issue();
    expect(await mine.verify(token)).toEqual({ ...ADMIN, expiresAtMs: moving.now() + DAY_SECONDS * 1000 });
    moving.advance(DAY_SECONDS * 1000 - 1);
    expect(await mine.verify(token)).not.toBeNull();
    moving.advance(1);
    expect(await mine.verify(token)).toBeNull();
  });

  test("[S31] what is in it, and by what it is signed", async () => {
    const token = await tokens.issue();
    const [header = "", claims = "", signature] = token.split(".");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(read(header)).toEqual({ alg: "HS256", typ: "JWT" });
    expect(read(claims)).toEqual({ ...CLAIMS, exp: NOW + DAY_SECONDS });
    expect(signature).toBe(createHmac("sha256", SECRET).update(`${header}.${claims}`).digest("base64url"));
  });

  test("[S31] made within a second it ends no later than it says", async () => {
    const moving = new ManualClock();
    moving.advance(999);
    const mine = new Tokens(bytes(SECRET), moving);
    expect(await mine.verify(await mine.issue())).toEqual({
      ...ADMIN,
      expiresAtMs: moving.now() - 999 + DAY_SECONDS * 1000,
    });
  });

  test("[S31] another server's does not pass", async () => {
    const theirs = new Tokens(bytes(OTHER_SECRET), clock);
    const token = await theirs.issue();
    expect([await theirs.verify(token), await verify(token)]).toEqual([expect.anything(), null]);
  });

  test("[S31] that was shown before ends when it says, and only so many are known by then", async () => {
    const moving = new ManualClock();
    const mine = new Tokens(bytes(SECRET), moving);
    const token = forge({});
    for (let shown = 0; shown < 3; shown++) expect(await mine.verify(token)).not.toBeNull();
    expect(mine.known).toBe(1);
    await mine.verify(forge({ key: OTHER_SECRET }));
    await mine.verify(`${token.slice(0, -2)}AA`);
    expect(mine.known).toBe(1);
    for (let jti = 0; jti < KNOWN_MAX + 10; jti++) await mine.verify(forge({ claims: { jti } }));
    expect(mine.known).toBe(KNOWN_MAX);
    moving.advance(60_000 - 1);
    expect(await mine.verify(token)).not.toBeNull();
    moving.advance(1);
    expect(await mine.verify(token)).toBeNull();
  });

  const GOOD_ONES: readonly [string, string][] = [
    ["the builder without a flaw", forge({})],
    ["the one that is taken apart below", GOOD],
    ["a second before its end", forge({ claims: { exp: NOW + 1 } })],
    ["far from its end", forge({ claims: { exp: NOW + 100 * 365 * 86_400 } })],
    ["nbf now", forge({ claims: { nbf: NOW } })],
    ["an audience among others", forge({ claims: { aud: ["x", "partyline-api"] } })],
    ["no typ", forge({ header: { typ: undefined } })],
    ["its fields in another order", forge({ header: '{"typ":"JWT","alg":"HS256"}' })],
    ["4 KiB long", ofLength(4_096)],
    // Nothing in the header chooses the key: with ours they are tokens like any other.
    ...KEY_HEADERS.map(([name, header]): [string, string] => [`${name}, signed by ours`, forge({ header })]),
  ];
  test.each(GOOD_ONES)("[S31] passes: %s", async (_, token) => {
    expect(await verify(token)).toEqual({ ...ADMIN, expiresAtMs: expect.any(Number) });
  });
});

describe("a viewer's token", () => {
  const VIEWER = { sub: "viewer" };

  test("[S38] says what its holder may see, and how long", async () => {
    const moving = new ManualClock();
    const mine = new Tokens(bytes(SECRET), moving);
    for (const sight of [
      { session: null, codes: false },
      { session: 7, codes: true },
    ]) {
      const token = await mine.issueViewer(sight, 90);
      // Also when it is known.
      for (let shown = 0; shown < 2; shown++)
        expect(await mine.verify(token)).toEqual({ isAdmin: false, ...sight, expiresAtMs: moving.now() + 90_000 });
      moving.advance(90_000);
      expect(await mine.verify(token)).toBeNull();
    }
  });

  test("[S38] sees all sessions and no code where it does not say", async () => {
    expect(await verify(forge({ claims: VIEWER }))).toMatchObject({ isAdmin: false, session: null, codes: false });
  });

  test.each<[string, Record<string, unknown>]>([
    ["a session that is a text", { session: "1" }],
    ["a session that is none", { session: 0 }],
    ["half a session", { session: 1.5 }],
    ["a list of sessions", { session: [1, 2] }],
    ["codes in a word", { codes: "true" }],
    ["another role", { sub: "owner" }],
    ["the role elsewhere", { sub: "", role: "admin" }],
    ["two roles", { sub: ["admin", "viewer"] }],
  ])("[S38] is none with %s", async (_, claims) => {
    expect(await verify(forge({ claims: { ...VIEWER, ...claims } }))).toBeNull();
  });

  test("[S38] is no operator's, whatever it claims besides", async () => {
    const claims = { ...VIEWER, isAdmin: true, role: "admin", codes: false, session: 3 };
    expect(await verify(forge({ claims }))).toMatchObject({ isAdmin: false, session: 3, codes: false });
  });
});

describe("a forged token", () => {
  type Row = readonly [string, string | (() => Promise<string>)];
  const NONE = ["none", "None", "NONE", "nOnE"];

  const ALGORITHM: readonly Row[] = [
    ...NONE.map((alg): Row => [`alg ${alg}, no signature`, `${base64(JSON.stringify({ alg, typ: "JWT" }))}.${C}.`]),
    ...NONE.map((alg): Row => [`alg ${alg}, two parts`, `${base64(JSON.stringify({ alg, typ: "JWT" }))}.${C}`]),
    ...NONE.map((alg): Row => [`alg ${alg}, signed`, forge({ header: { alg } })]),
    ["no alg", forge({ header: { alg: undefined } })],
    ["alg null", forge({ header: { alg: null } })],
    ["alg empty", forge({ header: { alg: "" } })],
    ["alg in small letters", forge({ header: { alg: "hs256" } })],
    ["alg with a blank", forge({ header: { alg: "HS256 " } })],
    ["alg a list", forge({ header: { alg: ["HS256"] } })],
    ["HS384", forge({ header: { alg: "HS384" }, hash: "sha384" })],
    ["HS512", forge({ header: { alg: "HS512" }, hash: "sha512" })],
    ["HS384 that says HS256", forge({ hash: "sha384" })],
    ["HS512 that says HS256", forge({ hash: "sha512" })],
    ["HS256 that says HS512", forge({ header: { alg: "HS512" } })],
    ["RS256, the secret as its key", forge({ header: { alg: "RS256" } })],
    ["RS256 by a key pair of one's own", () => ownKeyPair(() => ({}))],
    ["HS256 with a public key as the secret", forge({ key: String(PEM) })],
  ];

  const KEY: readonly Row[] = [
    ["another secret", forge({ key: OTHER_SECRET })],
    ["an empty secret", forge({ key: "" })],
    ["the secret in base64", forge({ key: base64(SECRET) })],
    ["kid /dev/null, an empty secret", forge({ header: { kid: "../../../../dev/null" }, key: "" })],
    ...KEY_HEADERS.map(([name, header]): Row => [`${name}, signed by one's own`, forge({ header, key: OTHER_SECRET })]),
    ["RS256 with its jwk", () => ownKeyPair((jwk) => ({ jwk }))],
    ["RS256 with its jwk and kid", () => ownKeyPair((jwk) => ({ jwk: { ...jwk, kid: "k" }, kid: "k" }))],
    ["RS256 with jku", () => ownKeyPair(() => ({ jku: "https://attacker.example/jwks.json" }))],
  ];

  const HEADERS: readonly Row[] = [
    ["crit that nobody knows", forge({ header: { crit: ["x-y"], "x-y": 1 } })],
    ["crit exp", forge({ header: { crit: ["exp"], exp: NOW + 60 } })],
    ["crit, and what it names is not there", forge({ header: { crit: ["b64"] } })],
    ["crit empty", forge({ header: { crit: [] } })],
    ["crit no list", forge({ header: { crit: "b64" } })],
    ["b64 false", forge({ header: { crit: ["b64"], b64: false } })],
    ["b64 false, and so it is", forge({ header: { crit: ["b64"], b64: false }, write: plainClaims })],
    ["b64 false without crit", forge({ header: { b64: false }, write: plainClaims })],
    ["b64 no boolean", forge({ header: { crit: ["b64"], b64: "false" } })],
    ["a header that is a list", forge({ header: '["HS256"]' })],
    ["a header that is null", forge({ header: "null" })],
    ["a header that is no JSON", forge({ header: '{"alg":"HS256"' })],
    ["an empty header", forge({ header: "" })],
    ["a changed header", `${base64('{"alg":"HS256","typ":"JWT","kid":"1"}')}.${C}.${S}`],
  ];

  const CLAIM: readonly Row[] = [
    ["no exp", forge({ claims: { exp: undefined } })],
    ["exp in the past", forge({ claims: { exp: NOW - 1 } })],
    ["exp now", forge({ claims: { exp: NOW } })],
    ["exp 0", forge({ claims: { exp: 0 } })],
    ["exp negative", forge({ claims: { exp: -NOW } })],
    ["exp a text", forge({ claims: { exp: String(NOW + 60) } })],
    ["exp null", forge({ claims: { exp: null } })],
    ["exp true", forge({ claims: { exp: true } })],
    ["exp a list", forge({ claims: { exp: [NOW + 60] } })],
    ["exp an object", forge({ claims: { exp: { valueOf: NOW + 60 } } })],
    ["exp NaN", forge({ claims: withExp("NaN") })],
    ["exp Infinity", forge({ claims: withExp("Infinity") })],
    ["exp 1e400", forge({ claims: withExp("1e400") })],
    ["exp -1e400", forge({ claims: withExp("-1e400") })],
    ["exp 1e300, later than any date", forge({ claims: withExp("1e300") })],
    ["exp twice, the last in the past", forge({ claims: withExp(`${NOW + 60},"exp":${NOW - 1}`) })],
    ["exp in the prototype", forge({ claims: withExp("0").replace('"exp":0', `"__proto__":{"exp":${NOW + 60}}`) })],
    ["nbf in the future", forge({ claims: { nbf: NOW + 1 } })],
    ["nbf a text", forge({ claims: { nbf: String(NOW) } })],
    ["nbf 1e400", forge({ claims: withExp(`${NOW + 60},"nbf":1e400`) })],
    ["iat a text", forge({ claims: { iat: String(NOW) } })],
    ["no issuer", forge({ claims: { iss: undefined } })],
    ["another issuer", forge({ claims: { iss: "partyline2" } })],
    ["the issuer in capitals", forge({ claims: { iss: "PARTYLINE" } })],
    ["the issuer in a list", forge({ claims: { iss: ["partyline"] } })],
    ["no audience", forge({ claims: { aud: undefined } })],
    ["another audience", forge({ claims: { aud: "partyline" } })],
    ["more than the audience", forge({ claims: { aud: "partyline-api partyline" } })],
    ["a list without the audience", forge({ claims: { aud: ["a", "b"] } })],
    ["an empty list of audiences", forge({ claims: { aud: [] } })],
    ["the audience as a key", forge({ claims: { aud: { "partyline-api": true } } })],
    ["no subject", forge({ claims: { sub: undefined } })],
    ["another subject", forge({ claims: { sub: "guest" } })],
    ["the subject in a list", forge({ claims: { sub: ["admin"] } })],
    ["the subject with a zero behind", forge({ claims: { sub: "admin\0" } })],
    ["claims that are a list", forge({ claims: JSON.stringify([CLAIMS]) })],
    ["claims that are null", forge({ claims: "null" })],
    ["claims that are a text", forge({ claims: JSON.stringify(JSON.stringify(CLAIMS)) })],
    ["claims that are a number", forge({ claims: "1" })],
    ["claims that are no JSON", forge({ claims: JSON.stringify(CLAIMS).slice(0, -1) })],
    ["claims that are empty", forge({ claims: "" })],
    ["claims that are no UTF-8", forge({ write: (part, text) => base64(part === "header" ? text : broken(text)) })],
    ["changed claims", `${H}.${base64(JSON.stringify({ ...CLAIMS, exp: NOW + 61 }))}.${S}`],
  ];

  const TEXT: readonly Row[] = [
    ["a signature cut short", GOOD.slice(0, -1)],
    ["a signature cut to a quarter", `${H}.${C}.${S.slice(0, 11)}`],
    ["a signature cut by one byte", `${H}.${C}.${base64(Buffer.from(S, "base64url").subarray(0, 31))}`],
    ["a signature with a byte more", `${H}.${C}.${base64(Buffer.concat([Buffer.from(S, "base64url"), bytes("x")]))}`],
    ["an empty signature", `${H}.${C}.`],
    ["no signature", `${H}.${C}`],
    ["the header alone", H],
    ["a part more", `${GOOD}.${S}`],
    ["an empty part more", `${GOOD}.`],
    ["an empty part before", `.${GOOD}`],
    ["an empty part within", `${H}..${C}.${S}`],
    ["parts in another order", `${C}.${H}.${S}`],
    ["twice", `${GOOD}${GOOD}`],
    ["five parts", `${H}.${C}.${S}.${S}.${S}`],
    ["a JWE with our secret", encrypted],
    ["as JSON", JSON.stringify({ protected: H, payload: C, signature: S })],
    ["two dots", ".."],
    ["four dots", "...."],
    ...[" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\ufeff", "\0"].flatMap((blank): Row[] => [
      [`${JSON.stringify(blank)} before`, `${blank}${GOOD}`],
      [`${JSON.stringify(blank)} behind`, `${GOOD}${blank}`],
      [`${JSON.stringify(blank)} around`, `${blank}${GOOD}${blank}`],
      [`${JSON.stringify(blank)} in the header`, `${H.slice(0, 5)}${blank}${H.slice(5)}.${C}.${S}`],
      [`${JSON.stringify(blank)} in the claims`, `${H}.${C.slice(0, 5)}${blank}${C.slice(5)}.${S}`],
      [`${JSON.stringify(blank)} in the signature`, `${H}.${C}.${S.slice(0, 5)}${blank}${S.slice(5)}`],
    ]),
    ["a blank in the claims, signed with it", forge({ write: (_, text) => `${base64(text)}\n` })],
    ["= behind the signature", `${GOOD}=`],
    ["== behind the signature", `${GOOD}==`],
    ["== behind each part, signed with it", forge({ write: (_, text) => padded(text) })],
    ["a signature in plain base64", `${H}.${C}.${S.replaceAll("-", "+").replaceAll("_", "/")}`],
    ["a signature in half plain base64", `${H}.${C}.${S.replaceAll("-", "+")}`],
    ["a signature in hex", `${H}.${C}.${Buffer.from(S, "base64url").toString("hex")}`],
    ["the first bit to spare set", `${H}.${C}.${spareBit(S, 1)}`],
    ["the second bit to spare set", `${H}.${C}.${spareBit(S, 2)}`],
    ["escaped for a URL", GOOD.replaceAll(".", "%2E")],
    ["quoted", JSON.stringify(GOOD)],
    ["a letter that looks the same", GOOD.replace("J", "Ј")],
    ["letters of double width", GOOD.replaceAll("e", "ｅ")],
    ["a letter that has the same low byte", `${H}.${C}.${String.fromCharCode(S.charCodeAt(0) + 256)}${S.slice(1)}`],
    ["unicode", "ключ.🎉.\u202e"],
    ["half of a pair", `${H}.\ud83d.${S}`],
    ["zeros", "\0.\0.\0"],
    ["4 KiB and one character", ofLength(4_097)],
    ["1 MB of a letter", "A".repeat(1_000_000)],
    ["1 MB of dots", ".".repeat(1_000_000)],
    ["1 MB of claims, well signed", forge({ claims: { fill: "x".repeat(1_000_000) } })],
    ["1 MB of blanks behind", GOOD + " ".repeat(1_000_000)],
    ["nothing", ""],
    ["null", "null"],
    ["undefined", "undefined"],
    ["Bearer x", "Bearer x"],
    ["Bearer and a good one", `Bearer ${GOOD}`],
  ];

  function plainClaims(part: "header" | "claims", text: string): string {
    return part === "claims" ? text : base64(text);
  }

  function broken(text: string): Uint8Array {
    // A byte that begins no character, inside of a text that nobody reads.
    const [before = "", after = ""] = JSON.stringify({ ...JSON.parse(text), fill: "|" }).split("|");
    return Buffer.concat([bytes(before), Uint8Array.of(0xff), bytes(after)]);
  }

  /** With one blank more where it needs none, until it has to be filled up. */
  function padded(text: string): string {
    const filled = Buffer.from(text.length % 3 === 0 ? `${text} ` : text).toString("base64");
    return filled.replaceAll("+", "-").replaceAll("/", "_");
  }

  function encrypted(): Promise<string> {
    return new EncryptJWT(CLAIMS).setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: "JWT" }).encrypt(bytes(SECRET));
  }

  const ROWS = { ALGORITHM, KEY, HEADERS, CLAIM, TEXT };
  for (const [flaw, rows] of Object.entries(ROWS)) {
    test.each(rows)(`[S31] ${flaw.toLowerCase()}: %s`, async (_, made) => {
      expect(await verify(typeof made === "string" ? made : await made())).toBeNull();
    });
  }

  test("[S31] each row is another text, and none is the good one", async () => {
    const made = await Promise.all(
      Object.values(ROWS).flatMap((rows) => rows.map(([, row]) => (typeof row === "string" ? row : row()))),
    );
    expect(new Set([...made, GOOD, forge({})]).size).toBe(made.length + 2);
  });

  test("[S31] any bit of it turned", async () => {
    const passed: number[] = [];
    for (let at = 0; at < GOOD.length; at++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64]) {
        const turned = String.fromCharCode(GOOD.charCodeAt(at) ^ bit);
        if ((await verify(GOOD.slice(0, at) + turned + GOOD.slice(at + 1))) !== null) passed.push(at);
      }
    }
    expect(passed).toEqual([]);
  });
});
