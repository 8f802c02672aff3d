import { encodeGraph, Linear, namedModel, trace } from "@tributary/nn";
import { TributaryError, v1 } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameOf, readAssignment } from "./work.js";

const shard = { dataset: "mnist", sampleShape: [1, 28, 28], classes: 10 };
const settings = {
  epochs: 1,
  maxBatches: 10,
  batchSize: 32,
  loss: { name: "cross-entropy", weight: Array.from({ length: 10 }, (_, index) => index / 2), ignoreIndex: -1 },
  optimizer: { name: "adam", betas: [0.5, 0.9], amsgrad: true },
  learningRate: 0.1,
  schedule: { name: "linear-warm-up", totalIters: 3, next: { name: "cosine", tMax: 7 } },
  clipNorm: 2,
};
const changed = (other: object): v1.Assignment.$Properties => ({
  task,
  training: { settings: v1.TrainingSettings.create({ ...settings, ...other }) },
});
const task = {
  job: "job",
  round: 3,
  attempt: 1,
  seed: 1,
  deadlineMs: 1_000,
  model: { digest: new Uint8Array(32), size: 100 },
  graph: encodeGraph(namedModel("pysyft-cnn")),
};

/** As it arrives: encoded and decoded. */
const arrived = (assignment: v1.Assignment.$Properties) =>
  v1.Assignment.decode(v1.Assignment.encode(assignment).finish());

describe("an assignment", () => {
  it("to train is read whole", () => {
    const work = readAssignment(arrived({ task, training: { settings, idle: false } }), shard);
    expect(work).toMatchObject({
      kind: "training",
      job: "job",
      round: 3,
      seed: 1,
      idle: false,
      settings,
      graph: { name: "pysyft-cnn" },
    });
    expect(nameOf(work)).toBe("job/3/1/training/");
  });

  it("has what the strategy asks for, or nothing", () => {
    const objectiveOf = (objective?: v1.LocalObjective.$Properties) =>
      readAssignment(arrived({ task, training: { settings, ...(objective && { objective }) } }), shard);
    const none = { fullBatch: false, localParameters: [] };
    expect(objectiveOf()).toMatchObject({ objective: none });
    expect(objectiveOf({})).toMatchObject({ objective: none });
    const all = {
      proximalMu: 0.5,
      localSteps: 3,
      fullBatch: true,
      localParameters: ["fc2.*"],
      personal: { lambda: 0, epochs: 2 },
    };
    expect(objectiveOf(all)).toMatchObject({ objective: all });
    const vectors = { sends: ["control"], keeps: ["localControl"], returns: ["controlChange"] };
    const controlled = { ...vectors, afterTraining: { rule: "scaffold" } };
    expect(objectiveOf(controlled)).toMatchObject({ objective: controlled, vectors: undefined });
  });

  it("to score models is read whole, with defaults where the message has none", () => {
    const holdout = { fraction: 0.2, minimum: 3 };
    const validating = { holdout, batchSize: 250, loss: { name: "cross-entropy" } };
    const work = readAssignment(arrived({ task, validating }), shard);
    expect(work).toMatchObject({ kind: "validating", ...validating, personalising: undefined });
    const { maxBatches: _, ...fineTuning } = settings;
    const personalising = { settings: { ...fineTuning, epochs: 0 }, countedRound: 3, countedAttempt: 1 };
    expect(readAssignment(arrived({ task, validating: { ...validating, personalising } }), shard)).toMatchObject({
      ...{ kind: "personalising", holdout },
      personalising: { ...personalising, layers: [], settings: { maxBatches: 0 }, objective: { keeps: [] } },
    });
    expect(readAssignment(arrived({ task, training: { settings, holdout } }), shard)).toMatchObject({ holdout });
  });

  it.each<[string, v1.Validating.$Properties, string]>([
    ["no holdout", { holdout: null }, "holdout"],
    ["all held back", { holdout: { fraction: 1, minimum: 1 } }, "holdout.fraction"],
    ["nothing held back", { holdout: { fraction: 0, minimum: 1 } }, "holdout.fraction"],
    ["batches of nothing", { batchSize: 0 }, "batchSize"],
    ["own models without settings", { personalising: {} }, "personalising.settings"],
    ["layers without a name", { personalising: { settings, layers: [""] } }, "personalising.layers.0"],
  ])("to score models with %s is refused", (_, other, field) => {
    const validating = { holdout: { fraction: 0.2, minimum: 3 }, batchSize: 250, loss: { name: "nll" }, ...other };
    expect(() => readAssignment(arrived({ task, validating }), shard)).toThrow(
      expect.objectContaining({ code: "invalid_message", message: expect.stringContaining(`assignment: ${field}:`) }),
    );
  });

  it("says whether what the codec loses comes back with the next update: it does, where nothing is said", () => {
    const training = { settings, codec: "delta | topk(0.1)" };
    expect(readAssignment(arrived({ task, training }), shard)).toMatchObject({ errorFeedback: true });
    expect(readAssignment(arrived({ task, training: { ...training, forgetsLosses: true } }), shard)).toMatchObject({
      errorFeedback: false,
    });
  });

  it("names the vectors that come with the model", () => {
    const vectors = { digest: new Uint8Array(32).fill(1), size: 7 };
    const work = readAssignment(arrived({ task, training: { settings, vectors } }), shard);
    expect(work).toMatchObject({ vectors: { digest: "01".repeat(32), size: 7 } });
  });

  it.each<[string, v1.LocalObjective.$Properties, string]>([
    ["a negative μ", { proximalMu: -1 }, "objective.proximalMu"],
    ["a μ that is no number", { proximalMu: Number.NaN }, "objective.proximalMu"],
    ["no step", { localSteps: 0 }, "objective.localSteps"],
    ["a pattern of nothing", { localParameters: [""] }, "objective.localParameters.0"],
    ["a rule that it does not know", { afterTraining: { rule: "other" } }, "objective.afterTraining"],
    ["FedDyn without its weight", { afterTraining: { rule: "feddyn" } }, "objective.afterTraining"],
    ["no pass for the worker's own model", { personal: { lambda: 1, epochs: 0 } }, "objective.personal.epochs"],
    ["too many vectors", { returns: Array.from({ length: 9 }, () => "a") }, "objective.returns"],
    ["too many patterns", { localParameters: Array.from({ length: 101 }, () => "a") }, "objective.localParameters"],
  ])("is refused with %s", (_, objective, path) => {
    expect(() => readAssignment(arrived({ task, training: { settings, objective } }), shard)).toThrow(
      expect.objectContaining({ code: "invalid_message", message: expect.stringContaining(path) }),
    );
  });

  it("to evaluate names its subject", () => {
    const work = readAssignment(
      arrived({ task, evaluating: { subject: "alice", batchSize: 250, loss: { name: "nll" } } }),
      shard,
    );
    expect(nameOf(work)).toBe("job/3/1/evaluating/alice");
  });

  it.each<[string, v1.Assignment.$Properties, string, string]>([
    ["without a task", {}, "invalid_message", "no graph"],
    ["without work", { task }, "invalid_message", "assignment"],
    ["with a batch of none", changed({ batchSize: 0 }), "invalid_message", "settings.batchSize"],
    [
      "with an unknown loss",
      changed({ loss: { name: "hinge" } }),
      "invalid_message",
      "assignment: settings.loss.name: Invalid discriminator value. Expected 'cross-entropy' | 'nll'",
    ],
    ["with no loss", changed({ loss: null }), "invalid_message", "settings.loss"],
    [
      "with a setting that the loss has not",
      changed({ loss: { name: "mse", delta: 1 } }),
      "invalid_message",
      'settings.loss: Unrecognized key: "delta"',
    ],
    [
      "with a loss that makes no single number",
      changed({ loss: { name: "mse", reduction: "none" } }),
      "invalid_message",
      "settings.loss.reduction",
    ],
    [
      "with a setting of the optimizer out of its range",
      changed({ optimizer: { name: "adam", betas: [0.9, 1] } }),
      "invalid_message",
      "settings.optimizer.betas.1",
    ],
    [
      "with warm-ups without end",
      changed({ schedule: { name: "linear-warm-up", next: { name: "linear-warm-up" } } }),
      "invalid_message",
      "settings.schedule.next.name",
    ],
    ["with a limit of nothing", changed({ clipValue: 0 }), "invalid_message", "settings.clipValue"],
    [
      "with a learning rate that is no number",
      changed({ learningRate: Number.NaN }),
      "invalid_message",
      "settings.learningRate",
    ],
    [
      "with a short digest",
      { task: { ...task, model: { digest: new Uint8Array(3), size: 1 } }, training: { settings } },
      "invalid_message",
      "32 bytes",
    ],
    [
      "with an unknown op",
      {
        task: { ...task, graph: { ...task.graph, nodes: [{ ...task.graph.nodes[0], op: "exec" }] } },
        training: { settings },
      },
      "invalid_graph",
      "exec",
    ],
    [
      "for other images",
      { task: { ...task, graph: encodeGraph(trace(new Linear(5, 10), [5])) }, training: { settings } },
      "shape_mismatch",
      "takes [5], the samples of mnist are [1,28,28]",
    ],
  ])("%s is refused before anything is computed", (_, assignment, code, message) => {
    expect(() => readAssignment(arrived(assignment), shard)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it("never causes anything but a typed error, whatever bytes are changed", () => {
    const bytes = v1.Assignment.encode({ task, training: { settings } }).finish();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (edits) => {
          const copy = Uint8Array.from(bytes);
          for (const [at, value] of edits) copy[at] = value;
          let message: v1.Assignment;
          try {
            message = v1.Assignment.decode(copy);
          } catch {
            return;
          }
          try {
            readAssignment(message, shard);
          } catch (error) {
            expect(error).toBeInstanceOf(TributaryError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
