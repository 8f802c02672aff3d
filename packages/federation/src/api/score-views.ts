import { byWorker, summaryOf, type WorkerScore } from "../round/worker-scores.js";
import type { PersonalisationView, ValidationView } from "./round.js";

/** What workers say of the global model; null: nobody has. */
export function validationView(scores: readonly WorkerScore[]): ValidationView | null {
  const summary = summaryOf(scores);
  if (summary === undefined) return null;
  const workers = [...scores].sort(byWorker).map(({ worker, samples, loss, accuracy }) => {
    return { worker, samples, loss, accuracy };
  });
  return { workers, summary };
}

/** The global model against the workers' own ones; null: nobody told yet. */
export function personalisationView(scores: readonly WorkerScore[]): PersonalisationView | null {
  const told = [...scores].sort(byWorker).flatMap(({ worker, samples, loss, accuracy, personal }) => {
    return personal === undefined ? [] : [{ worker, samples, global: { loss, accuracy }, personal }];
  });
  const global = summaryOf(told.map(({ global, ...of }) => ({ ...of, ...global })));
  const personal = summaryOf(told.map(({ personal, ...of }) => ({ ...of, ...personal })));
  return global && personal ? { workers: told, global, personal } : null;
}
