// The admin key for a token, and whether a token is good. Neither the key nor the signing secret is known here.
import { z } from "zod";
import { json, refused } from "./answer.ts";
import { call } from "./call.ts";

const Login = z.object({ key: z.string().min(1).max(1024).describe("The admin key.") });

const TokenView = z.strictObject({ token: z.string(), message: z.string(), expiresIn: z.literal("24h") });
const PassView = z.strictObject({ valid: z.literal(true), role: z.literal("admin"), expiresAt: z.iso.datetime() });

export const AUTH_CALLS = [
  call("POST", "/api/auth/login", {
    summary: "The admin key for a token. 10 wrong ones in a minute lock an address out for 10 minutes.",
    gives: TokenView,
    body: Login,
    takes: { key: "the admin key" },
    async answer({ body, caller }, { logins, isAdminKey, tokens }) {
      const address = caller().address();
      const ms = logins.retryAfterMs(address);
      // The lock comes before the key: another answer to the right one would tell a guesser that it is right.
      if (ms > 0) return refused(429, "Too many attempts", { "retry-after": String(Math.ceil(ms / 1000)) });
      if (isAdminKey(body.key)) {
        return json({ token: await tokens.issue(), message: "Authenticated successfully", expiresIn: "24h" });
      }
      logins.failed(address);
      return refused(401, "Invalid key");
    },
  }),
  call("POST", "/api/auth/verify", {
    summary: "Whether a token is good.",
    gives: PassView,
    needsToken: true,
    answer: ({ expiresAtMs }) => json({ valid: true, role: "admin", expiresAt: new Date(expiresAtMs).toISOString() }),
  }),
];
