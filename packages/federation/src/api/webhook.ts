import { z } from "zod";
import { nextSchema } from "./page.js";

/** `job`: a job was submitted, or its status changed. `round`: an attempt at a round began to be, or ended. */
export const webhookEventSchema = z.enum(["job", "round"]);

/** Standard Webhooks: 24 to 64 bytes in base64 after `whsec_`. */
const secretSchema = z
  .string()
  .max(100)
  .regex(
    /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    "whsec_ and 24 to 64 bytes in base64",
  );

export const newWebhookSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .describe("Where messages are sent to, by POST"),
    events: z.array(webhookEventSchema).min(1).max(2).describe("What it is told of"),
    secret: secretSchema.describe(
      "What messages are signed with: `whsec_` and 24 to 64 random bytes in base64. It is never answered",
    ),
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

export type WebhookEvent = z.output<typeof webhookEventSchema>;
export type NewWebhook = z.output<typeof newWebhookSchema>;
export type WebhookView = z.output<typeof webhookViewSchema>;
