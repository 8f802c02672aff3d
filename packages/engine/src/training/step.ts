import type { Tensor, Variable } from "@tensorflow/tfjs-core";
import { type Parameter, type ParameterSet, TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { exportParameters, importParameters, valuesOf } from "../graph/border.js";
import { interpret } from "../graph/interpret.js";
import type { Program } from "../graph/program.js";
import type { Batch } from "./batch.js";
import { dropoutMasks } from "./dropout-masks.js";
import { type LossName, meanLoss } from "./loss.js";
import { Sgd, type SgdSettings } from "./sgd.js";

export interface StepSettings {
  readonly loss: LossName;
  readonly optimizer: SgdSettings;
  readonly seed: number;
  /** Names the random streams of this training: `["train", round, worker]`. */
  readonly streamName: readonly (string | number)[];
}

/**
 * One step of training, again and again: it holds the parameters and what the optimizer remembers. `train` knows no more
 * of a step than this, so a step that is compiled once and then replayed can take this one's place.
 */
export interface TrainingStep {
  /** Computes gradients on a checked batch and moves the parameters. @returns the outputs before the move, `[batch, classes]` */
  run(batch: Batch): Float32Array;
  parameters(): Parameter[];
  dispose(): void;
}

/** Interprets the program op by op in every step. @throws TributaryError `invalid_graph`, `shape_mismatch`, `invalid_request` */
export class EagerStep implements TrainingStep {
  readonly #backend: Backend;
  readonly #program: Program;
  readonly #settings: StepSettings;
  readonly #classes: number;
  readonly #optimizer: Sgd;
  readonly #tensors = new Map<string, Tensor>();
  readonly #trained: Variable[] = [];
  #steps = 0;

  constructor(backend: Backend, program: Program, classes: number, parameters: ParameterSet, settings: StepSettings) {
    this.#backend = backend;
    this.#program = program;
    this.#classes = classes;
    this.#settings = settings;
    const { tf } = backend;
    this.#optimizer = new Sgd(tf, settings.optimizer);
    const isTrainable = new Map(program.graph.parameters.map(({ name, trainable }) => [name, trainable]));
    try {
      for (const [name, tensor] of importParameters(backend, program, parameters)) {
        const held = tf.variable(tensor, isTrainable.get(name) === true);
        tensor.dispose();
        this.#tensors.set(name, held);
        if (held.trainable) this.#trained.push(held);
      }
      if (this.#trained.length === 0) throw new TributaryError("invalid_graph", "the graph has no parameter to train");
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  run(batch: Batch): Float32Array {
    const { tf } = this.#backend;
    const { loss, seed, streamName } = this.#settings;
    const masks = dropoutMasks(tf, seed, streamName, this.#steps);
    this.#steps += 1;
    const kept: Tensor[] = [];
    try {
      tf.tidy(() => {
        const images = tf.tensor(batch.images, [...batch.shape]);
        const targets = tf.tensor(oneHot(batch.labels, this.#classes), [batch.labels.length, this.#classes]);
        const { grads } = tf.variableGrads(() => {
          const outputs = interpret(this.#backend, this.#program, this.#tensors, images, masks);
          kept.push(tf.keep(outputs));
          return meanLoss(tf, loss, outputs, targets);
        }, this.#trained);
        for (const parameter of this.#trained) {
          const gradient = grads[parameter.name];
          if (gradient !== undefined) this.#optimizer.update(parameter, gradient);
        }
      });
      const [outputs] = kept;
      if (outputs === undefined) throw new TributaryError("internal", "the forward pass gave nothing");
      return valuesOf(outputs);
    } finally {
      tf.dispose(kept);
    }
  }

  parameters(): Parameter[] {
    return exportParameters(this.#backend, this.#program, this.#tensors);
  }

  dispose(): void {
    this.#optimizer.dispose();
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

function oneHot(labels: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, index) => {
    rows[index * classes + label] = 1;
  });
  return rows;
}
