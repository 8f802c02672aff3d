import { z } from "zod";
import { jobStatusSchema } from "./job.js";
import { modelVersionViewSchema } from "./model-version.js";
import { nextSchema } from "./page.js";
import { roundStatusSchema } from "./round.js";

/** `job`: a job was submitted, or its status changed. `round`: an attempt at a round ended. */
export const webhookEventSchema = z.enum(["job", "round"]);

/** As Standard Webhooks writes secrets: 24 to 64 bytes in base64 after `whsec_`. */
const SECRET = /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Of RFC 3986 what an address of http needs: a host, perhaps a port, a path and a query. */
const ADDRESS =
  /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:[/?](?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$/;

export const newWebhookSchema = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .regex(ADDRESS, "an address of http or https, without a user and a password")
      .refine((url) => URL.canParse(url), "an address of http or https, without a user and a password")
      .meta({ format: "uri" })
      .describe("Where messages are sent to, by POST"),
    events: z.array(webhookEventSchema).min(1).max(2).describe("What it is told of"),
    secret: z
      .string()
      .max(100)
      .regex(SECRET, "whsec_ and 24 to 64 bytes in base64")
      .describe("What messages are signed with: `whsec_` and 24 to 64 random bytes in base64. It is never answered"),
  })
  .meta({ id: "NewWebhook" });

export const webhookViewSchema = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(webhookEventSchema),
    createdAt: z.iso.datetime(),
    pending: z.int().min(0).describe("Messages that it has not taken yet"),
  })
  .meta({ id: "Webhook" });

export const webhookListSchema = z
  .object({ webhooks: z.array(webhookViewSchema), next: nextSchema })
  .meta({ id: "WebhookList" });

const timestamp = z.iso.datetime().describe("When it happened");

/** What a webhook is sent. It is small: everything else is asked for at the API. */
export const webhookMessageSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("job"),
      timestamp,
      data: z.object({
        id: z.string(),
        name: z.string(),
        status: jobStatusSchema,
        reason: z.string().nullable(),
        round: z.int().min(0),
        accuracy: z.number().nullable(),
        model: modelVersionViewSchema.nullable(),
      }),
    }),
    z.object({
      type: z.literal("round"),
      timestamp,
      data: z.object({
        job: z.string(),
        number: z.int().min(1),
        attempt: z.int().min(1),
        status: roundStatusSchema,
        updates: z.int().min(0).describe("How many were accepted"),
        refusals: z.int().min(0),
        loss: z.number().nullable().describe("Of the model that it committed, where it was evaluated"),
        accuracy: z.number().nullable(),
        model: modelVersionViewSchema.nullable(),
      }),
    }),
  ])
  .meta({ id: "WebhookMessage" });

export type WebhookEvent = z.output<typeof webhookEventSchema>;
export type NewWebhook = z.output<typeof newWebhookSchema>;
export type WebhookView = z.output<typeof webhookViewSchema>;
export type WebhookMessage = z.output<typeof webhookMessageSchema>;
