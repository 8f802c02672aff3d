import type { JobView, RoundView, WebhookMessage } from "@tributary/federation";

/** What a webhook is told of a job. */
export const jobMessage = ({ id, name, status, reason, round, accuracy, model }: JobView): WebhookMessage => ({
  type: "job",
  timestamp: new Date().toISOString(),
  data: { id, name, status, reason, round, accuracy, model },
});

/** What a webhook is told of an attempt at a round. */
export const roundMessage = (job: string, round: RoundView): WebhookMessage => ({
  type: "round",
  timestamp: new Date().toISOString(),
  data: {
    job,
    number: round.number,
    attempt: round.attempt,
    status: round.status,
    updates: round.updates.length,
    refusals: round.refusals.length,
    loss: round.evaluation?.loss ?? null,
    accuracy: round.evaluation?.accuracy ?? null,
    model: round.model,
  },
});
