import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { type ChangeFlags, changesOf, withChangeOptions } from "./job-changes.js";

function read(text: string) {
  const command = withChangeOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  command.parse(text.split(" "), { from: "user" });
  return changesOf(command.opts<ChangeFlags>());
}

describe("the changes of a job on the command line", () => {
  it.each([
    ["--rounds 20 --deadline 120 --quorum 3", { rounds: 20, cohort: { deadlineSeconds: 120, quorum: 3 } }],
    [
      "--minimum 2 --wait 5 --attempts 4 --retries 1",
      { maxRetries: 1, cohort: { minimum: 2, waitSeconds: 5, maxAttempts: 4 } },
    ],
    ["--selection powerOfChoice --candidates 8", { cohort: { selection: { kind: "powerOfChoice", candidates: 8 } } }],
    ["--selection none --exclude none --quorum none", { cohort: { selection: null, exclusion: null, quorum: null } }],
    ["--exclude 3/10", { cohort: { exclusion: { refusals: 3, rounds: 10 } } }],
    ["--accuracy 0.9 --loss none --wall-clock 60", { stop: { accuracy: 0.9, loss: null, wallClockSeconds: 60 } }],
    ["--budget-bytes 1000000", { stop: { budgetBytes: 1_000_000 } }],
    ["--patience 10", { stop: { patience: { metric: "accuracy", rounds: 10, minimumDelta: 0 } } }],
    [
      "--patience 10 --patience-metric loss --patience-delta 0.1",
      { stop: { patience: { metric: "loss", rounds: 10, minimumDelta: 0.1 } } },
    ],
    ["--patience none --wall-clock none", { stop: { patience: null, wallClockSeconds: null } }],
    ["--personalisation-deadline 60", { personalisation: { deadlineSeconds: 60 } }],
  ])("%s", (text, changes) => {
    expect(read(text)).toEqual(changes);
  });

  it.each([
    "--quorum many",
    "--wall-clock NaN",
    "--accuracy 2",
    "--exclude 3",
    "--exclude 3/x",
    "--exclude 1/2/3",
    "--selection best",
    "--selection powerOfChoice",
    "--candidates 3",
    "--patience-metric loss",
    "--rounds none",
  ])("refuses %s, and takes nothing away", (text) => {
    expect(() => read(text)).toThrow();
  });
});
