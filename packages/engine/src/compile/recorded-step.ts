import type { Tensor } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { GraphNode } from "@tributary/nn";
import type { Backend } from "../backend/backend.js";
import { interpret } from "../graph/interpret.js";
import type { Program } from "../graph/program.js";
import { oneStep, type StepRule } from "../training/one-step.js";
import type { GraphBuilder } from "./graph-builder.js";
import { Recorder } from "./recorder.js";
import type { Variables } from "./variables.js";

/** Shape and type of what goes into a step: its batch size is a part of it. */
export interface InputSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** A dropout mask that a recorded step is given in each run. */
export interface MaskInput {
  readonly placeholder: string;
  readonly node: GraphNode;
  readonly shape: readonly number[];
  readonly probability: number;
}

/** Names of the nodes by which a recorded computation is run. */
export interface Recorded {
  readonly inputs: readonly string[];
  /** Of a forward pass: none. */
  readonly targets: string;
  /** By name, placeholders of the optimizer's numbers. */
  readonly scalars: Readonly<Record<string, string>>;
  readonly masks: readonly MaskInput[];
  readonly outputs: readonly string[];
  readonly loss: string;
}

/** What a recording is made with. */
export interface Recording {
  readonly backend: Backend;
  readonly native: NodeJSKernelBackend;
  readonly program: Program;
  readonly graph: GraphBuilder;
  readonly variables: Variables;
}

/** Tensors that stand for placeholders and variables while a computation runs for the recorder. */
class StandIns {
  readonly #all: Tensor[] = [];

  constructor(
    private readonly recording: Recording,
    readonly recorder: Recorder,
  ) {}

  bound(node: string, shape: readonly number[], dtype: InputSpec["dtype"] = "float32"): Tensor {
    const tensor = this.recording.backend.tf.keep(this.recording.backend.tf.zeros([...shape], dtype));
    this.#all.push(tensor);
    this.recorder.bind(tensor, node);
    return tensor;
  }

  placeholder(name: string, { shape, dtype }: InputSpec): Tensor {
    return this.bound(this.recording.graph.placeholder(name, dtype, shape), shape, dtype);
  }

  /** Each variable as it is when the computation begins. */
  variables(): Map<string, Tensor> {
    const { variables, graph } = this.recording;
    return new Map(
      [...variables.handles].map(([name, handle]) => [
        name,
        this.bound(graph.read(handle), variables.shapes.get(name) ?? []),
      ]),
    );
  }

  dispose(): void {
    this.recording.backend.tf.dispose(this.#all);
  }
}

/**
 * Records a step of training for batches of these shapes.
 * @param prefix of the names of its inputs and outputs @throws NotRecordable
 */
export function recordStep(
  recording: Recording,
  prefix: string,
  rule: StepRule,
  specs: { readonly inputs: readonly InputSpec[]; readonly targets: InputSpec },
): Recorded {
  const { backend, program, graph, native } = recording;
  const recorder = new Recorder(native, graph);
  const standIns = new StandIns(recording, recorder);
  const masks: MaskInput[] = [];
  try {
    const inputs = specs.inputs.map((spec, index) => standIns.placeholder(`${prefix}/input/${index}`, spec));
    const targets = standIns.placeholder(`${prefix}/targets`, specs.targets);
    const names = Object.keys(rule.optimizer.scalars(1, 1));
    const scalar = (name: string) => `${prefix}/scalar/${name}`;
    const held = standIns.variables();
    const scalars = Object.fromEntries(
      names.map((name) => [name, standIns.placeholder(scalar(name), { shape: [], dtype: "float32" })]),
    );
    const dropoutMask = (node: GraphNode, shape: readonly number[], probability: number) => {
      const placeholder = `${prefix}/mask/${masks.length}`;
      masks.push({ placeholder, node, shape, probability });
      return standIns.placeholder(placeholder, { shape, dtype: "float32" });
    };
    const given = { inputs, targets, scalars, dropoutMask, parameters: held, slots: held };
    const made = recorder.record(() => oneStep(backend, program, rule, given));
    const assigned = [...made.parameters, ...made.slots].map(([name, value]) =>
      graph.assign(recording.variables.handles.get(name) ?? "", recorder.nodeOf(value)),
    );
    graph.identity(recorder.nodeOf(made.outputs), `${prefix}/outputs`);
    graph.identity(recorder.nodeOf(made.loss), `${prefix}/loss`, assigned);
    backend.tf.dispose([made.outputs, made.loss, ...made.parameters.values(), ...made.slots.values()]);
    return {
      inputs: inputs.map((_, index) => `${prefix}/input/${index}`),
      targets: `${prefix}/targets`,
      scalars: Object.fromEntries(names.map((name) => [name, scalar(name)])),
      masks,
      outputs: [`${prefix}/outputs`],
      loss: `${prefix}/loss`,
    };
  } finally {
    standIns.dispose();
  }
}

/** Records a forward pass for batches of these shapes. @throws NotRecordable */
export function recordForward(recording: Recording, prefix: string, specs: readonly InputSpec[]): Recorded {
  const { backend, program, graph, native } = recording;
  const recorder = new Recorder(native, graph);
  const standIns = new StandIns(recording, recorder);
  try {
    const inputs = specs.map((spec, index) => standIns.placeholder(`${prefix}/input/${index}`, spec));
    const parameters = standIns.variables();
    const made = recorder.record(() => backend.tf.tidy(() => interpret(backend, program, inputs, { parameters })));
    const outputs = made.map((output, index) => graph.identity(recorder.nodeOf(output), `${prefix}/output/${index}`));
    backend.tf.dispose(made);
    return {
      inputs: inputs.map((_, index) => `${prefix}/input/${index}`),
      targets: "",
      scalars: {},
      masks: [],
      outputs,
      loss: "",
    };
  } finally {
    standIns.dispose();
  }
}
