import type { Tensor } from "@tensorflow/tfjs-core";
import type { NodeJSKernelBackend } from "@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js";
import type { GraphNode } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { Backend } from "../backend/backend.js";
import { interpret } from "../graph/interpret.js";
import type { Program } from "../graph/program.js";
import { oneStep } from "../steps/one-step.js";
import type { StepRule } from "../steps/rule.js";
import type { GraphBuilder } from "./graph-builder.js";
import { Recorder } from "./recorder.js";
import { StandIns } from "./stand-ins.js";
import type { Constants, Variables } from "./variables.js";

/** Shape and type of what goes into a computation: its batch size is a part of it. */
export interface ValueSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** What a batch looks like: a recording holds for one such. */
export interface BatchSpec {
  readonly inputs: readonly ValueSpec[];
  /** Absent where there is no loss. */
  readonly targets?: ValueSpec;
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
  readonly targets: string;
  /** By name, placeholders of the optimizer's numbers. */
  readonly scalars: Readonly<Record<string, string>>;
  readonly masks: readonly MaskInput[];
  readonly outputs: readonly string[];
  /** "" where there is none. Of a step: fetching it moves the parameters. */
  readonly loss: string;
  /** Of the outputs. */
  readonly shapes: readonly (readonly number[])[];
}

/** What a recording is made with. */
export interface Recording {
  readonly backend: Backend;
  readonly native: NodeJSKernelBackend;
  readonly program: Program;
  readonly graph: GraphBuilder;
  readonly variables: Variables;
}

/**
 * Records a step of training for batches of these shapes.
 * @param prefix of the names of its inputs and outputs @throws NotRecordable
 */
export function recordStep(recording: Recording, prefix: string, rule: StepRule, spec: BatchSpec): Recorded {
  const { backend, program, graph, variables } = recording;
  const recorder = new Recorder(recording.native, graph);
  const standIns = new StandIns(backend.tf, graph, recorder);
  const masks: MaskInput[] = [];
  try {
    const inputs = spec.inputs.map((input, index) => standIns.placeholder(`${prefix}/input/${index}`, input));
    const targets = standIns.placeholder(`${prefix}/targets`, required(spec.targets));
    const names = Object.keys(rule.optimizer.scalars(1, 1));
    const scalar = (name: string) => `${prefix}/scalar/${name}`;
    const held = standIns.variables(variables);
    const scalars = Object.fromEntries(
      names.map((name) => [name, standIns.placeholder(scalar(name), { shape: [], dtype: "float32" })]),
    );
    const dropoutMask = (node: GraphNode, shape: readonly number[], probability: number) => {
      const placeholder = `${prefix}/mask/${masks.length}`;
      masks.push({ placeholder, node, shape, probability });
      return standIns.placeholder(placeholder, { shape, dtype: "float32" });
    };
    const loss = (outputs: readonly Tensor[]) => rule.loss(required(outputs[0]), targets);
    const given = { inputs, scalars, dropoutMask, parameters: held, slots: held };
    const made = recorder.record(() => oneStep(backend, program, { ...rule, loss }, given));
    const assigned = [...made.parameters, ...made.slots].map(([name, value]) =>
      graph.assign(variables.handles.get(name) ?? "", recorder.nodeOf(value)),
    );
    const outputs = made.outputs.map((output, index) =>
      graph.identity(recorder.nodeOf(output), `${prefix}/output/${index}`),
    );
    graph.identity(recorder.nodeOf(made.loss), `${prefix}/loss`, assigned);
    backend.tf.dispose([...made.outputs, made.loss, ...made.parameters.values(), ...made.slots.values()]);
    return {
      inputs: inputs.map((_, index) => `${prefix}/input/${index}`),
      targets: `${prefix}/targets`,
      scalars: Object.fromEntries(names.map((name) => [name, scalar(name)])),
      masks,
      outputs,
      loss: `${prefix}/loss`,
      shapes: made.outputs.map(({ shape }) => shape),
    };
  } finally {
    standIns.dispose();
  }
}

/** Records a forward pass, and a loss of its first output, for batches of these shapes. @throws NotRecordable */
export function recordForward(
  recording: Recording,
  prefix: string,
  spec: BatchSpec,
  { loss, constants }: { readonly loss?: StepRule["loss"]; readonly constants?: Constants },
): Recorded {
  const { backend, program, graph } = recording;
  const { tf } = backend;
  const recorder = new Recorder(recording.native, graph);
  const standIns = new StandIns(tf, graph, recorder);
  try {
    const inputs = spec.inputs.map((input, index) => standIns.placeholder(`${prefix}/input/${index}`, input));
    const targets = spec.targets && standIns.placeholder(`${prefix}/targets`, spec.targets);
    const parameters = constants ? standIns.constants(constants) : standIns.variables(recording.variables);
    const made = recorder.record(() =>
      tf.tidy(() => {
        const outputs = interpret(backend, program, inputs, { parameters });
        return { outputs, loss: loss && targets ? [loss(required(outputs[0]), targets)] : [] };
      }),
    );
    const outputs = made.outputs.map((output, index) =>
      graph.identity(recorder.nodeOf(output), `${prefix}/output/${index}`),
    );
    for (const value of made.loss) graph.identity(recorder.nodeOf(value), `${prefix}/loss`);
    // An output may be an input: that is freed with the stand-ins.
    const shapes = made.outputs.map(({ shape }) => shape);
    tf.dispose([...made.outputs, ...made.loss]);
    return {
      inputs: inputs.map((_, index) => `${prefix}/input/${index}`),
      targets: `${prefix}/targets`,
      scalars: {},
      masks: [],
      outputs,
      loss: made.loss.length > 0 ? `${prefix}/loss` : "",
      shapes,
    };
  } finally {
    standIns.dispose();
  }
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new TributaryError("internal", "a recording lacks its targets or outputs");
  return value;
}
