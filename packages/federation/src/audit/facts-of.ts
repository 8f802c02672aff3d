import type { JobEffect, JobEvent } from "../round/events.js";
import { stalenessIn } from "../round/flow.js";
import type { JobState, Transition } from "../round/state.js";
import type { AuditFact } from "./entry.js";

const COORDINATOR = "coordinator";
const PEOPLE = "admin";
const workerActor = (name: string): string => `worker:${name}`;

type Part = Pick<AuditFact, "actor" | "action" | "round" | "details">;

/** What an event of a job, and what follows from it, is in the audit log. */
export function factsOf(job: string, event: JobEvent, before: JobState, { effects }: Transition): AuditFact[] {
  return [...partsOfEvent(event, before), ...effects.flatMap(partsOfEffect)].map((part) => ({ job, ...part }));
}

function partsOfEvent(event: JobEvent, { phase }: JobState): Part[] {
  switch (event.type) {
    case "JobStarted": {
      const { round, digest, size } = event.model;
      return [{ actor: COORDINATOR, action: "job.started", round, details: { digest, size } }];
    }
    // They join and leave the federation, not a job: the connection tells.
    case "WorkerJoined":
    case "WorkerLeft":
      return [];
    case "UpdateAccepted": {
      const { worker, digest, size, samples, sent } = event.update;
      const details = { attempt: event.attempt, digest, size, samples, ...(sent && { sent }) };
      return [{ actor: workerActor(worker), action: "update.accepted", round: event.round, details }];
    }
    case "UpdateRefused": {
      const { worker, code, message } = event.refusal;
      const details = { attempt: event.attempt, code, message };
      return [{ actor: workerActor(worker), action: "update.refused", round: event.round, details }];
    }
    case "UpdateLate": {
      const details = { attempt: event.attempt, code: "round_closed" };
      return [{ actor: workerActor(event.worker), action: "update.refused", round: event.round, details }];
    }
    case "Committed": {
      const { round, digest, size, state } = event.model;
      const updates = phase.kind === "aggregating" ? phase.updates : [];
      const of = updates.map((update) => {
        const { worker, digest, samples, began } = update;
        return { worker, digest, samples, ...(began && { staleness: stalenessIn(round, update) }) };
      });
      return [
        {
          actor: COORDINATOR,
          action: "model.committed",
          round,
          details: { digest, size, updates: of, ...(state && { state: state.digest }) },
        },
      ];
    }
    case "EvaluationReported": {
      const { evaluator, subject, samples, loss, accuracy } = event.report;
      const details = { subject, samples, loss, accuracy };
      return [{ actor: workerActor(evaluator), action: "evaluation.reported", round: event.round, details }];
    }
    case "EvaluationFailed": {
      const { worker, code, message } = event.refusal;
      const details = { subject: event.subject, code, message };
      return [{ actor: workerActor(worker), action: "evaluation.failed", round: event.round, details }];
    }
    case "ValidationReported": {
      const { worker, samples, loss, accuracy, personal } = event.report;
      const details = { samples, loss, accuracy, ...(personal && { personal }) };
      return [{ actor: workerActor(worker), action: "validation.reported", round: event.round, details }];
    }
    case "ValidationFailed": {
      const { worker, code, message } = event.refusal;
      const details = { phase: event.phase, code, message };
      return [{ actor: workerActor(worker), action: "validation.failed", round: event.round, details }];
    }
    case "DeadlinePassed": {
      const { phase, round, attempt } = event.timer;
      return [{ actor: COORDINATOR, action: "deadline.passed", round, details: { phase, attempt } }];
    }
    case "CancelRequested":
      return [{ actor: PEOPLE, action: "job.cancel", round: null, details: {} }];
    case "PauseRequested":
      return [{ actor: PEOPLE, action: "job.pause", round: null, details: { reason: event.reason } }];
    case "ResumeRequested":
      return [{ actor: PEOPLE, action: "job.resume", round: null, details: {} }];
    case "SettingsChanged":
      return [{ actor: PEOPLE, action: "job.change", round: null, details: { changes: event.changes } }];
    case "JobBroken":
      return [{ actor: COORDINATOR, action: "job.broken", round: null, details: { reason: event.reason } }];
    case "CoordinatorRestarted":
      return [{ actor: COORDINATOR, action: "job.taken-up", round: null, details: {} }];
    default:
      return event satisfies never;
  }
}

function partsOfEffect(effect: JobEffect): Part[] {
  switch (effect.type) {
    case "OpenRound": {
      const { round, attempt, cohort } = effect;
      return [{ actor: COORDINATOR, action: "round.opened", round, details: { attempt, cohort } }];
    }
    case "LeaveOut": {
      const { worker, round, through, refusals, code } = effect;
      return [{ actor: COORDINATOR, action: "worker.left-out", round, details: { worker, through, refusals, code } }];
    }
    case "Readmit": {
      const { worker, round } = effect;
      return [{ actor: COORDINATOR, action: "worker.readmitted", round, details: { worker } }];
    }
    case "Release":
      return [{ actor: COORDINATOR, action: "job.paused", round: null, details: { reason: effect.reason } }];
    case "Finish":
      return [{ actor: COORDINATOR, action: "job.ended", round: null, details: { outcome: effect.outcome } }];
    default:
      return [];
  }
}
