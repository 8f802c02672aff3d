import { Webhook } from "standardwebhooks";
import type { DeliveryRecord, WebhookRecord } from "../store/webhook-store.js";
import { software } from "../version.js";

/** How long a receiver may take to answer, ms. */
const TIMEOUT_MS = 10_000;

/**
 * Sends a message once, signed as Standard Webhooks has it: HMAC-SHA256 over its id, the time and the body. The answer's body is
 * not read, and no redirect is followed: it would lead the message elsewhere.
 *
 * @returns undefined when it was taken, otherwise why not, in words that hold no secret
 */
export async function sendMessage(
  { url, secret }: WebhookRecord,
  { id, body }: DeliveryRecord,
  stop: AbortSignal,
): Promise<string | undefined> {
  const now = new Date();
  const headers = {
    "content-type": "application/json",
    "user-agent": `tributary/${software}`,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1_000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    await response.body?.cancel();
    return response.ok ? undefined : `status ${response.status}`;
  } catch (error) {
    return reasonOf(error);
  }
}

/** fetch hides the reason one level down. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "no connection";
  if (error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS} ms`;
  const { cause } = error;
  return cause instanceof Error && "code" in cause ? String(cause.code) : error.name;
}
