// Webhooks by HTTP: made, looked at, tried, gone on with, ended; each is a line in the log. How they are told of anything, `webhooks/` knows.
import { z } from "zod";
import { isRefusal } from "../../protocol/refusals.ts";
import { EVENTS, type EventType } from "../../sessions/events.ts";
import { optional } from "../../sessions/fields.ts";
import { WEBHOOK_FORMATS } from "../../sessions/store/webhookTable.ts";
import { DISCORD_EVENTS } from "../webhooks/discord.ts";
import { CALL_MS } from "../webhooks/sender.ts";
import { targetOf } from "../webhooks/target.ts";
import type { Webhook } from "../webhooks/webhook.ts";
import { json, refused } from "./answer.ts";
import { type ApiDeps, type CallContext, call, refusalResponse } from "./call.ts";

/** Those that stand in the log: `game.status` does not [S9]. */
const LOGGED = (Object.keys(EVENTS) as EventType[]).filter((type) => type !== "game.status");

const New = z.object({
  url: z.string().describe("Where it is called: https, and http for hosts of WEBHOOK_HOSTS."),
  events: z
    .array(z.enum(LOGGED))
    .min(1)
    .max(LOGGED.length)
    .nullish()
    .describe(
      "Types of events that it is told; unless said all that are logged, of `discord` those that a channel wants.",
    ),
  format: z.enum(WEBHOOK_FORMATS).nullish().describe("`json` unless said."),
});
const Resume = z.object({ skip: optional(z.boolean()).describe("true: what it was not told yet it is never told.") });

const TAKES = {
  url: "an address that can be called: https, public or of WEBHOOK_HOSTS, without a user and a #",
  events: "types of events that are logged",
  format: "json or discord",
  skip: "true or false",
};

const time = z.iso.datetime({ precision: 3 });
const view = {
  id: z.int(),
  url: z.string(),
  format: z.enum(WEBHOOK_FORMATS),
  events: z.array(z.string()),
  created_at: time,
  state: z.enum(["fine", "failing", "paused"]),
  problem: z.string().nullable().describe("Why it failed last, or is paused; null: it does neither."),
  failing_since: time.nullable(),
  next_try_at: time.nullable(),
  told_id: z.int().describe("The id of the last event that it was told, or did not want."),
};
const WebhookView = z.strictObject(view).describe("A webhook, and how it stands.");
const MadeView = z
  .strictObject({ ...view, secret: z.string().describe("What its calls are signed with; told here alone.") })
  .describe("A webhook that was made.");
const EndedView = z.strictObject({ id: z.int(), ended: z.literal(true) });
const TestView = z.strictObject({
  delivered: z.boolean(),
  status: z.int().nullable().describe("What it answered; null: nothing."),
  problem: z.string().nullable(),
});

export const WEBHOOK_CALLS = [
  call("POST", "/api/webhooks", {
    summary: "Makes a webhook, which is told what happens from now on in sessions begun with a token.",
    status: 201,
    gives: MadeView,
    needsToken: true,
    body: New,
    takes: TAKES,
    answer({ body, ...asked }, deps) {
      const {
        outside: { webhooks },
        webhookHosts,
      } = deps;
      const url = targetOf(body.url, webhookHosts);
      if (url === null) return refused(400, `url must be ${TAKES.url}`);
      if (webhooks.isFull) return refused(409, "Too many webhooks");
      const format = body.format ?? "json";
      const events = body.events ?? (format === "json" ? LOGGED : DISCORD_EVENTS);
      const made = webhooks.add({ url: url.href, format, events: [...new Set(events)] });
      if (isRefusal(made)) return refusalResponse(made);
      audit("webhookMade", made, asked, deps);
      return json({ ...viewOf(made), secret: made.row.secret }, 201);
    },
  }),
  call("GET", "/api/webhooks", {
    summary: "All webhooks, and how each stands.",
    gives: z.array(WebhookView),
    needsToken: true,
    answer: (_, { outside: { webhooks } }) => json(webhooks.list.map(viewOf)),
  }),
  call("DELETE", "/api/webhooks/:hookId", {
    summary: "Ends a webhook.",
    gives: EndedView,
    needsToken: true,
    answer(asked, deps) {
      const webhook = deps.outside.webhooks.at(asked.hookId);
      if (webhook === null) return missing();
      const refusal = deps.outside.webhooks.remove(webhook);
      if (refusal !== null) return refusalResponse(refusal);
      audit("webhookEnded", webhook, asked, deps);
      return json({ id: webhook.id, ended: true });
    },
  }),
  call("POST", "/api/webhooks/:hookId/test", {
    summary: "Calls a webhook once with a `webhook.test`, and says how it went.",
    gives: TestView,
    needsToken: true,
    async answer(asked, deps) {
      const webhook = deps.outside.webhooks.at(asked.hookId);
      if (webhook === null) return missing();
      if (webhook.isTested) return refused(409, "The webhook is being tested");
      audit("webhookTested", webhook, asked, deps);
      asked.caller().holdMs(CALL_MS);
      const { status, problem } = await deps.outside.webhooks.test(webhook);
      return json({ delivered: problem === null, status, problem });
    },
  }),
  call("POST", "/api/webhooks/:hookId/resume", {
    summary: "Has a webhook that is paused, or waits, go on at once where it stood.",
    gives: WebhookView,
    needsToken: true,
    body: Resume,
    takes: TAKES,
    answer({ body, ...asked }, deps) {
      const webhook = deps.outside.webhooks.at(asked.hookId);
      if (webhook === null) return missing();
      audit("webhookResumed", webhook, asked, deps);
      deps.outside.webhooks.resume(webhook, body.skip === true);
      return json(viewOf(webhook));
    },
  }),
];

function missing(): Response {
  return refused(404, "Webhook not found");
}

function viewOf({ row, tries, problem, failingSince, nextAt, pausedAt, toldId }: Webhook): z.infer<typeof WebhookView> {
  const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: row.id,
    url: row.url,
    format: row.format,
    events: [...row.events],
    created_at: new Date(row.createdAt).toISOString(),
    state: pausedAt !== null ? "paused" : tries > 0 ? "failing" : "fine",
    problem,
    failing_since: iso(failingSince),
    next_try_at: pausedAt === null ? iso(nextAt) : null,
    told_id: toldId,
  };
}

/** One line in the log, without what follows the host: an address may be a secret [W14]. */
function audit(
  did: string,
  { id, host }: Webhook,
  { caller, tokenId }: Pick<CallContext, "caller" | "tokenId">,
  { log }: ApiDeps,
) {
  log.info({ audit: did, webhook: id, host, address: caller().address(), token: tokenId() }, "an operator's doing");
}
