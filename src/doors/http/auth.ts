// The admin key for a token, and whether a token is good. Neither the key nor the signing secret is known here.
import { z } from "zod";
import type { Pass } from "../../auth/tokens.ts";
import { json, refused } from "./answer.ts";
import { call } from "./call.ts";

/** Where the admin key is tried: the gate counts it apart. */
export const LOGIN_PATH = "/api/auth/login";

const Login = z.object({ key: z.string().min(1).max(1024).describe("The admin key.") });

const TokenView = z.strictObject({ token: z.string(), message: z.string(), expiresIn: z.literal("24h") });
const expiresAt = z.iso.datetime();
const AdminPassView = z.strictObject({ valid: z.literal(true), role: z.literal("admin"), expiresAt });
const ViewerPassView = z.strictObject({
  valid: z.literal(true),
  role: z.literal("viewer"),
  session: z.int().nullable().describe("The one session that it is for; null: all."),
  codes: z.boolean().describe("Whether it is told the codes of rooms."),
  expiresAt,
});
const PassView = z.union([AdminPassView, ViewerPassView]);

function passView({ isAdmin, session, codes, expiresAtMs }: Pass): z.infer<typeof PassView> {
  const expiresAt = new Date(expiresAtMs).toISOString();
  return isAdmin
    ? { valid: true, role: "admin", expiresAt }
    : { valid: true, role: "viewer", session, codes, expiresAt };
}

export const AUTH_CALLS = [
  call("POST", LOGIN_PATH, {
    summary: "The admin key for a token. Past 10 wrong ones in a minute an address gets 429 for a wrong one.",
    gives: TokenView,
    body: Login,
    takes: { key: "the admin key" },
    async answer({ body, caller }, { logins, isAdminKey, tokens, log, metrics }) {
      // A right key gets in whatever its neighbours have typed [S32]; how many can be tried in a second is the gate's to say [H11].
      if (isAdminKey(body.key)) {
        log.info({ address: caller().address() }, "an operator is in");
        return json({ token: await tokens.issue(), message: "Authenticated successfully", expiresIn: "24h" });
      }
      const address = caller().address();
      metrics.loginFailed();
      const ms = logins.failed(address);
      if (ms === 0) {
        log.warn({ address }, "wrong admin key");
        return refused(401, "Invalid key");
      }
      metrics.limited("logins");
      return refused(429, "Too many attempts", { "retry-after": String(Math.ceil(ms / 1000)) });
    },
  }),
  call("POST", "/api/auth/verify", {
    summary: "Whether a token is good.",
    gives: PassView,
    needsToken: true,
    isForViewers: true,
    answer: ({ pass }) => json(pass === null ? null : passView(pass)),
  }),
];
