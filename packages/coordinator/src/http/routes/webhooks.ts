import { type NewWebhook, newWebhookSchema, webhookListSchema, webhookViewSchema } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { pageOf, placeIn } from "../cursor.js";
import { describeIssue } from "../describe-issue.js";
import { jsonOf, textOf } from "./body.js";
import { type Api, type ApiContext, idempotencyHeaders, notModified, paging, problems } from "./route.js";

/** That a refusal names. */
const MOST_PROBLEMS = 5;

const webhookParams = z.object({ id: z.string().min(1).max(64).describe("Id of the webhook") });

export function webhookRoutes(api: Api, { webhooks }: ApiContext): void {
  api.post(
    "/v1/webhooks",
    {
      schema: {
        tags: ["webhooks"],
        summary: "Be told by HTTP of what changes: messages signed as Standard Webhooks has it",
        description:
          "With an `Idempotency-Key` it may be sent again: the same key and body give the same webhook until it is removed, also " +
          "after a restart of the coordinator; the same key with another body is refused with `idempotency_key_reused`.",
        headers: idempotencyHeaders,
        body: newWebhookSchema,
        response: { 201: webhookViewSchema, ...problems },
      },
    },
    async (request, reply) => {
      const key = request.headers["idempotency-key"];
      const text = textOf(request.body, "an object as JSON");
      const webhook = () => webhookOf(text);
      const view = await (key === undefined ? webhooks.add(webhook()) : webhooks.addOnce(key, text, webhook));
      return reply.code(201).header("location", `/v1/webhooks/${view.id}`).send(view);
    },
  );

  api.get(
    "/v1/webhooks",
    {
      schema: {
        tags: ["webhooks"],
        summary: "The webhooks that are told of what changes",
        querystring: z.object(paging(100)),
        response: { 200: webhookListSchema, ...notModified, ...problems },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = placeIn("webhooks", z.tuple([z.string().max(64)]), cursor)?.[0] ?? "";
      const found = webhooks.list().filter(({ id }) => id > after);
      const { rows, next } = pageOf("webhooks", found, limit, ({ id }) => [id]);
      return { webhooks: rows, next };
    },
  );

  api.get(
    "/v1/webhooks/:id",
    {
      schema: {
        tags: ["webhooks"],
        summary: "A webhook",
        params: webhookParams,
        response: { 200: webhookViewSchema, ...notModified, ...problems },
      },
    },
    async ({ params }) => webhooks.get(params.id),
  );

  api.delete(
    "/v1/webhooks/:id",
    {
      schema: {
        tags: ["webhooks"],
        summary: "Tell a webhook nothing more, also not what waits for it",
        params: webhookParams,
        response: { 200: webhookViewSchema, ...problems },
      },
    },
    ({ params }) => webhooks.remove(params.id),
  );
}

/** @throws TributaryError `invalid_request` */
function webhookOf(text: string): NewWebhook {
  const body = jsonOf(text);
  const parsed = newWebhookSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).map((issue) => describeIssue(issue, body));
  throw new TributaryError("invalid_request", `body: ${problems.join("; ")}`);
}
