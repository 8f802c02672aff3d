import { checkJobSpec } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { changeableFields, draftOf, editedValue, problemsIn, settingOf } from "./changes.js";

const spec = checkJobSpec({
  ...{ model: "lenet5", dataset: "mnist", rounds: 10 },
  cohort: { size: 4, quorum: 2, selection: { kind: "samples" } },
  stop: { patience: { metric: "loss", rounds: 5 } },
});
const draft = (...edits: [string, unknown][]) => draftOf(spec, new Map(edits));

describe("the form that changes a job", () => {
  it("asks for what may change, as the JobSpec describes it, and for nothing else", () => {
    const byName = new Map(changeableFields(spec).map((named) => [named.name, named]));
    expect([...byName.keys()]).toEqual(["rounds", "maxRetries", "retryAfterSeconds", "cohort", "evaluation", "stop"]);
    const cohort = byName.get("cohort")?.field;
    const fields = cohort?.kind === "group" ? cohort.fields : [];
    expect(fields.map(({ name }) => name)).toEqual([
      ...["selection", "exclusion", "minimum", "quorum", "minimumFraction", "deadlineSeconds", "maxAttempts"],
      "waitSeconds",
    ]);
    expect(fields.find(({ name }) => name === "quorum")?.description).toMatch(/^Least updates that make a round/);
    // A default is in the job already; an empty field would not bring it back.
    expect(fields.find(({ name }) => name === "deadlineSeconds")?.initial).toBeUndefined();
  });

  it("asks for the deadline of the workers' own models where the job makes some", () => {
    const own = checkJobSpec({ ...spec, evaluation: { workers: {} }, personalisation: {} });
    expect(changeableFields(own).map(({ name }) => name)).toContain("personalisation");
  });

  it("sends what is new alone, and a setting with parts whole", () => {
    expect(settingOf(["stop", "patience", "rounds"])).toEqual(["stop", "patience"]);
    expect(settingOf(["rounds"])).toEqual(["rounds"]);
    const { changes, differences, problems } = draft(
      ["rounds", 12],
      ["cohort.deadlineSeconds", spec.cohort.deadlineSeconds],
      ["stop.patience", { metric: "loss", rounds: 7, minimumDelta: 0 }],
    );
    expect(changes).toEqual({ rounds: 12, stop: { patience: { metric: "loss", rounds: 7, minimumDelta: 0 } } });
    expect(differences).toEqual([
      { field: "rounds", here: "10", there: "12" },
      { field: "stop.patience.rounds", here: "5", there: "7" },
    ]);
    expect([...problems]).toEqual([]);
  });

  it("takes away what is emptied, and shows the form without it", () => {
    const edits = new Map([["cohort.quorum", undefined]]);
    expect(draftOf(spec, edits).changes).toEqual({ cohort: { quorum: null } });
    expect(editedValue(spec, edits)).toMatchObject({ cohort: { size: 4, deadlineSeconds: 300 } });
    expect(editedValue(spec, edits)).not.toHaveProperty("cohort.quorum");
  });

  it.each<[[string, unknown], string, RegExp]>([
    [["rounds", undefined], "rounds", /^is needed$/],
    [["rounds", "many"], "rounds", /expected number/],
    [["cohort.exclusion", { refusals: 3 }], "cohort.exclusion.rounds", /^is needed$/],
    [["cohort.quorum", 5], "cohort.quorum", /^must be at most cohort.size \(4\)$/],
    [["cohort.selection", { kind: "powerOfChoice", candidates: 2 }], "cohort.selection.candidates", /at least 4/],
  ])("says beside the field what is wrong with %j", (edit, place, message) => {
    const { changes, problems } = draft(edit);
    expect(changes).toBeUndefined();
    expect(problems.get(place)).toMatch(message);
  });

  it("finds the fields in what a coordinator says", () => {
    expect(
      Object.fromEntries(
        problemsIn("cohort.quorum: must be at most 4; stop.patience.metric: this is wanted; did you mean loss?"),
      ),
    ).toEqual({ "cohort.quorum": "must be at most 4", "stop.patience.metric": "this is wanted; did you mean loss?" });
    expect([...problemsIn("no setting is named")]).toEqual([["", "no setting is named"]]);
  });
});
