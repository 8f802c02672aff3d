import { checkJobSpec } from "@tributary/federation";
import { describe, expect, it } from "vitest";
import { jobSpecFields } from "./fields.js";
import { at, withAt, withoutDefaults } from "./value.js";

describe("the value of a form", () => {
  it("takes and gives back a setting at any place, and leaves out what is empty", () => {
    const one = withAt({ model: "lenet5" }, ["cohort", "exclusion", "refusals"], 3);
    expect(one).toEqual({ model: "lenet5", cohort: { exclusion: { refusals: 3 } } });
    expect(at(one, ["cohort", "exclusion", "refusals"])).toBe(3);
    expect(at(one, ["model", "graph"])).toBeUndefined();
    expect(withAt(one, ["cohort", "exclusion", "refusals"], undefined)).toEqual({ model: "lenet5" });
    expect(Object.keys(withAt({ a: 1, b: 2 }, ["a"], 3))).toEqual(["a", "b"]);
  });

  it("is a whole JobSpec without its defaults, and means the same", () => {
    const input = {
      model: "lenet5",
      dataset: "mnist",
      rounds: 7,
      training: { epochs: 2, optimizer: { name: "adam" as const, eps: 1e-7 } },
      strategy: { kind: "fedprox" as const, mu: 0.5 },
      cohort: { minimum: 2 },
    };
    const whole = checkJobSpec(input);
    const short = withoutDefaults(whole, jobSpecFields());
    expect(short).toEqual(input);
    expect(checkJobSpec(short)).toEqual(whole);
  });
});

describe("the fields of a form", () => {
  it("are all that a JobSpec has, each of a kind that a form can ask for", () => {
    const fields = jobSpecFields();
    expect(fields.map(({ name }) => name)).toEqual(Object.keys(checkJobSpecKeys()));
    const byName = new Map(fields.map(({ name, field }) => [name, field]));
    expect(byName.get("model")).toEqual({ kind: "text" });
    expect(byName.get("rounds")).toMatchObject({ kind: "number", isWhole: true, least: 1 });
    const strategy = byName.get("strategy");
    expect(strategy?.kind === "variants" && strategy.key).toBe("kind");
    expect(strategy?.kind === "variants" && [...strategy.variants.keys()]).toContain("fedavg");
  });
});

const checkJobSpecKeys = () => ({
  ...{ name: 0, model: 0, dataset: 0, seed: 0, rounds: 0, from: 0, maxRetries: 0, retryAfterSeconds: 0 },
  ...{ training: 0, strategy: 0, codec: 0, cohort: 0, evaluation: 0, stop: 0, admission: 0, personalisation: 0 },
  schedules: 0,
});
