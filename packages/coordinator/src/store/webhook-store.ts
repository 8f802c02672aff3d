import { and, asc, count, eq } from "drizzle-orm";
import { type Database, guarded } from "./database.js";
import { deliveries, webhooks } from "./schema.js";

export type WebhookRecord = typeof webhooks.$inferSelect;
export type DeliveryRecord = typeof deliveries.$inferSelect;

/** Webhooks, and the messages that they have not taken yet. What a method wrote is durable when its promise is fulfilled. */
export class WebhookStore {
  constructor(private readonly db: Database) {}

  add(webhook: WebhookRecord): Promise<void> {
    return guarded("the webhook cannot be stored", async () => {
      await this.db.insert(webhooks).values(webhook);
    });
  }

  /** All of them, by id. */
  list(): Promise<WebhookRecord[]> {
    return guarded("the webhooks cannot be read", () => this.db.select().from(webhooks).orderBy(asc(webhooks.id)));
  }

  /** Its messages go with it. @returns whether there was one */
  remove(id: string): Promise<boolean> {
    return guarded("the webhook cannot be removed", async () => {
      const rows = await this.db.delete(webhooks).where(eq(webhooks.id, id)).returning({ id: webhooks.id });
      return rows.length > 0;
    });
  }

  /** How many messages each webhook has not taken yet; one that took all is left out. */
  pending(): Promise<Map<string, number>> {
    return guarded("the messages cannot be read", async () => {
      const rows = await this.db
        .select({ webhook: deliveries.webhook, pending: count() })
        .from(deliveries)
        .groupBy(deliveries.webhook);
      return new Map(rows.map(({ webhook, pending }) => [webhook, pending]));
    });
  }

  /** A message that is there already stays as it is. */
  enqueue(messages: readonly DeliveryRecord[]): Promise<void> {
    return guarded("a message cannot be stored", async () => {
      if (messages.length > 0)
        await this.db
          .insert(deliveries)
          .values([...messages])
          .onConflictDoNothing();
    });
  }

  /** The message that is due first. */
  next(webhook: string): Promise<DeliveryRecord | undefined> {
    return guarded("the messages cannot be read", async () => {
      const [row] = await this.db
        .select()
        .from(deliveries)
        .where(eq(deliveries.webhook, webhook))
        .orderBy(asc(deliveries.dueAt), asc(deliveries.id))
        .limit(1);
      return row;
    });
  }

  /** The message was taken, or is given up. */
  drop({ webhook, id }: DeliveryRecord): Promise<void> {
    return guarded("a message cannot be removed", async () => {
      await this.db.delete(deliveries).where(and(eq(deliveries.webhook, webhook), eq(deliveries.id, id)));
    });
  }

  postpone({ webhook, id, attempts, dueAt }: DeliveryRecord): Promise<void> {
    return guarded("a message cannot be stored", async () => {
      await this.db
        .update(deliveries)
        .set({ attempts, dueAt })
        .where(and(eq(deliveries.webhook, webhook), eq(deliveries.id, id)));
    });
  }
}
