// Keys and tokens at the API's door: what a key opens, how often one may be wrong, how long a token lives.
import { describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { Api } from "../support/api.ts";
import { ADMIN_KEY, SECRET } from "../support/server.ts";
import { range, stages } from "../support/stage.ts";

const stage = stages();
const LOGIN = "/api/auth/login";
const DAY_MS = 86_400_000;

async function tokenOf(api: Api): Promise<string> {
  return String((await api.ask("POST", LOGIN, { key: ADMIN_KEY })).token);
}

/** Tries a wrong key so often; each is told so. */
async function guess(api: Api, times: number): Promise<void> {
  for (const n of range(0, times)) {
    expect(await api.refusal("POST", LOGIN, { key: `wrong-${n}` })).toEqual([401, "Invalid key"]);
  }
}

describe("the admin key", () => {
  test("[S30] is what a token is had for", async () => {
    const { server, clock } = stage();
    const api = new Api(server);
    const given = await api.ask("POST", LOGIN, { key: ADMIN_KEY });
    expect(given).toEqual({ token: expect.any(String), message: "Authenticated successfully", expiresIn: "24h" });
    const admitted = new Api(server, { authorization: `Bearer ${given.token}` });
    const expiresAt = new Date(clock.now() + DAY_MS).toISOString();
    expect(await admitted.ask("POST", "/api/auth/verify")).toEqual({ valid: true, role: "admin", expiresAt });
  });

  test("[S30] and nothing else is", async () => {
    const { server } = stage({ LIMITS: "off" });
    const api = new Api(server);
    for (const key of [
      ` ${ADMIN_KEY}`,
      ADMIN_KEY.slice(1),
      ADMIN_KEY.toUpperCase(),
      `${ADMIN_KEY}\u0000`,
      "x".repeat(1_024),
    ]) {
      expect(await api.refusal("POST", LOGIN, { key })).toEqual([401, "Invalid key"]);
    }
    expect(await api.refusal("POST", LOGIN, { key: "x".repeat(1_025) })).toEqual([400, "key must be the admin key"]);
  });

  test("[S30] what was tried and what was given stand in no log", async () => {
    const { server } = stage();
    const api = new Api(server);
    const token = await tokenOf(api);
    await guess(api, 1);
    await new Api(server, { authorization: `Bearer ${token}` }).ask("POST", "/api/auth/verify");
    for (const line of server.logged)
      for (const secret of [ADMIN_KEY, token, "wrong-0"]) expect(line).not.toContain(secret);
  });
});

describe("wrong keys", () => {
  test("[S32] after 10 within a minute wrong ones get 429 with Retry-After, and the right one gets in", async () => {
    const { server, clock } = stage();
    const api = new Api(server);
    await guess(api, 10);
    const answer = await api.send("POST", LOGIN, { key: "wrong" });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([429, { error: "Too many attempts" }]);
    expect(answer.headers.get("retry-after")).toBe("60");
    await tokenOf(api);
    clock.advance(59_999);
    expect((await api.refusal("POST", LOGIN, { key: "wrong" }))[0]).toBe(429);
    await tokenOf(api);
    // What was tried meanwhile made it no longer, and a right one no shorter.
    clock.advance(1);
    await guess(api, 10);
    expect((await api.refusal("POST", LOGIN, { key: "wrong" }))[0]).toBe(429);
  });

  test("[S32] each of the 10 stands in the log with its address, further ones are counted alone", async () => {
    const { server } = stage({ TRUSTED_PROXIES: "1" });
    const api = new Api(server, { "x-forwarded-for": "192.0.2.1" });
    await guess(api, 10);
    for (const _ of range(0, 5)) await api.refusal("POST", LOGIN, { key: "wrong" });
    const told = server.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "wrong admin key");
    expect(told).toEqual(
      Array(10).fill({ level: "warn", time: expect.any(String), address: "192.0.2.1", msg: "wrong admin key" }),
    );
    expect(await server.metric("partyline_failed_logins_total")).toBe(15);
    expect(await server.metric('partyline_limited_total{bucket="logins"}')).toBe(5);
  });

  test("[S32] a body that is none, and tokens, are no keys", async () => {
    const { server } = stage();
    for (const _ of range(0, 20)) {
      expect((await new Api(server).refusal("POST", LOGIN, "nonsense"))[0]).toBe(400);
      expect((await new Api(server).refusal("POST", LOGIN, {}))[0]).toBe(400);
      expect((await new Api(server, { authorization: "Bearer x" }).refusal("POST", "/api/auth/verify"))[0]).toBe(401);
    }
    await tokenOf(new Api(server));
  });

  test("[S32] other addresses, and tokens that are out, are not touched", async () => {
    const { server } = stage({ TRUSTED_PROXIES: "1" });
    const from = (address: string) => new Api(server, { "x-forwarded-for": address });
    const token = await tokenOf(from("192.0.2.1"));
    await guess(from("192.0.2.1"), 10);
    // What the client itself writes there does not count.
    expect((await from("192.0.2.9, 192.0.2.1").refusal("POST", LOGIN, { key: "wrong" }))[0]).toBe(429);
    await guess(from("192.0.2.2"), 1);
    const admitted = new Api(server, { "x-forwarded-for": "192.0.2.1", authorization: `Bearer ${token}` });
    await admitted.ask("POST", "/api/sessions", {});
    // IPv6 counts by /64.
    await guess(from("2001:db8:0:1::1"), 10);
    expect((await from("2001:db8:0:1::2").refusal("POST", LOGIN, { key: "wrong" }))[0]).toBe(429);
    await guess(from("2001:db8:0:2::1"), 1);
  });

  test("[S32] all at once are no way around it", async () => {
    const { server } = stage();
    const api = new Api(server);
    const tries = await Promise.all(range(0, 40).map((n) => api.send("POST", LOGIN, { key: `wrong-${n}` })));
    expect(tries.filter(({ status }) => status === 401).length).toBe(10);
    expect(tries.filter(({ status }) => status === 429).length).toBe(30);
  });

  test("[L16][S32] LIMITS=off lifts it", async () => {
    const { server } = stage({ LIMITS: "off" });
    await guess(new Api(server), 30);
    await tokenOf(new Api(server));
  });
});

describe("tokens", () => {
  test("[S31] live 24 h", async () => {
    const { server, clock } = stage();
    const api = await Api.admitted(server);
    clock.advance(DAY_MS - 1_000);
    await api.ask("POST", "/api/auth/verify");
    await api.make("/api/sessions");
    clock.advance(1_000);
    expect(await api.refusal("POST", "/api/auth/verify")).toEqual([401, "Invalid or expired token"]);
    expect(await api.refusal("POST", "/api/sessions", {})).toEqual([401, "Invalid or expired token"]);
    expect((await api.send("GET", "/api/sessions/1")).status).toBe(200);
    await (await Api.admitted(server)).ask("POST", "/api/auth/verify");
  }, 60_000);

  test("[S31] are HS256 with our secret, of this issuer, for this audience, with an end; the header chooses nothing", async () => {
    const { server, clock } = stage();
    const at = Math.floor(clock.now() / 1000);
    const [head = "", claims = "", signature = ""] = (await tokenOf(new Api(server))).split(".");
    const verify = async (token: string) =>
      (await new Api(server, { authorization: `Bearer ${token}` }).send("POST", "/api/auth/verify")).status;
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const good = JSON.parse(Buffer.from(claims, "base64url").toString());
    // A copy: Bun writes the matchers into what it compares.
    expect({ ...good }).toMatchObject({
      iat: at,
      exp: at + DAY_MS / 1000,
      iss: expect.any(String),
      aud: expect.any(String),
    });
    const signed = (payload: object, header: object = { alg: "HS256" }, secret = SECRET) =>
      new SignJWT({ ...payload }).setProtectedHeader(header as { alg: string }).sign(secret);
    expect(await verify(await signed(good))).toBe(200);
    const { exp: _, ...endless } = good;
    const bad = [
      await signed({ ...good, iss: "other" }),
      await signed({ ...good, aud: "other" }),
      await signed({ ...good, exp: at - 1 }),
      await signed({ ...good, nbf: at + 60 }),
      await signed(endless),
      await signed({}),
      await signed(good, { alg: "HS512" }),
      await signed(good, { alg: "HS256" }, new TextEncoder().encode("another secret, of 40 characters or more")),
      `${encoded({ alg: "none" })}.${claims}.`,
      `${encoded({ alg: "none" })}.${claims}.${signature}`,
      `${encoded({ alg: "HS256", crit: ["x"], x: 1 })}.${claims}.${signature}`,
      `${head}.${encoded({ ...good, exp: at + 2 * DAY_MS })}.${signature}`,
      `${head}.${claims}.`,
    ];
    for (const token of bad) expect([token, await verify(token)]).toEqual([token, 401]);
    // A key that the header brings is not looked at, be it ours or not.
    const own = { kty: "oct", k: Buffer.from("another secret, of 40 characters or more").toString("base64url") };
    const other = new TextEncoder().encode("another secret, of 40 characters or more");
    expect(await verify(await signed(good, { alg: "HS256", jwk: own, kid: "../../dev/null" }, other))).toBe(401);
  });
});
