import type { Scenario } from "./scenario.js";

/** Two of three workers train in each round, and what is remembered of earlier rounds says which two, and when it is enough. */
const scenarios: Readonly<Record<string, Pick<Scenario, "job" | "end">>> = {
  samples: { job: { cohort: { size: 2, minimum: 3, selection: { kind: "samples" } } } },
  "round robin": { job: { cohort: { size: 2, minimum: 3, selection: { kind: "roundRobin" } } } },
  "power of choice": {
    job: { cohort: { size: 2, minimum: 3, selection: { kind: "powerOfChoice", candidates: 3 } } },
  },
  "patience: three rounds that are not better than the first": {
    job: {
      ...{ rounds: 50, cohort: { size: 2, minimum: 3 } },
      evaluation: { every: 1, workers: {} },
      stop: { patience: { metric: "loss", rounds: 3, minimumDelta: 100 } },
    },
    end: { rounds: 4, reason: "patience" },
  },
  // A round sends two models of 1.27 MB, and takes two updates of as many bytes.
  "a budget of bytes": {
    job: { rounds: 50, cohort: { size: 2, minimum: 3 }, stop: { budgetBytes: 18_000_000 } },
    end: { rounds: 4, reason: "budgetBytes" },
  },
};

/** A coordinator that died selects the workers, and ends the job, as it would have: what it remembers follows from the journal. */
export const selectionKills: readonly Scenario[] = Object.entries(scenarios).map(([name, scenario]) => ({
  ...{ group: "selection", name, ...scenario },
  faults: { coordinator: ["kill@between-update-and-ack#3", "kill@aggregating"] },
  short: name === "power of choice",
}));
