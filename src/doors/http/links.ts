// Tokens for those who look on: an overlay, a bot that only listens. A token of the operator's never has to stand where such a one does [S38].
import { z } from "zod";
import { isRefusal } from "../../protocol/refusals.ts";
import { optional } from "../../sessions/fields.ts";
import { findSession } from "../../sessions/find.ts";
import { json } from "./answer.ts";
import { call, refusalResponse } from "./call.ts";

/** A month: the season of a stream. */
const HOURS_MAX = 720;
const HOURS = 24;
const HOUR_SECONDS = 3_600;

const Link = z.object({
  role: z.literal("viewer"),
  session: z.int().min(1).nullish().describe("The one session that it is for; unless said all of them."),
  hours: z.int().min(1).max(HOURS_MAX).nullish().describe(`How long it is good; ${HOURS} unless said.`),
  codes: optional(z.boolean()).describe("true: it is told the codes of rooms."),
});

const LinkView = z.strictObject({
  token: z.string(),
  role: z.literal("viewer"),
  session: z.int().nullable(),
  codes: z.boolean(),
  expiresAt: z.iso.datetime(),
});

const TAKES = {
  role: "viewer",
  session: "the id of a session",
  hours: `a whole number, 1 to ${HOURS_MAX}`,
  codes: "true or false",
};

export const LINK_CALLS = [
  call("POST", "/api/auth/links", {
    summary:
      "A token for who looks on: it reads, hears sessions and changes nothing. Without `codes` it is told no code of a room.",
    status: 201,
    gives: LinkView,
    needsToken: true,
    body: Link,
    takes: TAKES,
    async answer({ body, caller, tokenId }, { store, tokens, clock, log }) {
      const { session: asked, hours: said, codes: isCoded } = body;
      const session = asked ?? null;
      const found = session === null ? null : findSession(store, session);
      if (isRefusal(found)) return refusalResponse(found);
      const hours = said ?? HOURS;
      const codes = isCoded === true;
      const expiresAtMs = (Math.floor(clock.wall() / 1000) + hours * HOUR_SECONDS) * 1000;
      const token = await tokens.issueViewer({ session, codes }, hours * HOUR_SECONDS);
      const who = { address: caller().address(), token: tokenId() };
      log.info({ audit: "link", ...who, session, hours, codes }, "an operator's doing");
      return json({ token, role: "viewer", session, codes, expiresAt: new Date(expiresAtMs).toISOString() }, 201);
    },
  }),
];
