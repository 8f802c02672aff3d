import { type Graph, namedModel, parseGraph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import type { JobSpec } from "./job-spec.js";

/**
 * The network that a job trains: a named model, or the graph that it brings.
 * @throws TributaryError `unknown_model`, `invalid_graph`, `shape_mismatch`; `invalid_job_spec` when the loss does not fit
 */
export function resolveModel({ model, training }: JobSpec): Graph {
  const graph = typeof model === "string" ? namedModel(model) : parseGraph(model.graph);
  const [input, ...inputs] = graph.inputs;
  const [output, ...outputs] = graph.outputs;
  if (input === undefined || output === undefined || inputs.length > 0 || outputs.length > 0)
    throw new TributaryError("invalid_graph", "a job trains a network with one input and one output");
  const last = graph.nodes.find(({ name }) => name === output);
  if (last?.shape.length !== 2)
    throw new TributaryError("invalid_graph", "a job trains a network whose output is [batch, classes]");
  if (training.loss === "nll" && last.op !== "log_softmax")
    throw new TributaryError(
      "invalid_job_spec",
      "training.loss: nll needs a network that ends in log_softmax; use cross-entropy",
    );
  if (training.loss === "cross-entropy" && last.op === "softmax")
    throw new TributaryError(
      "invalid_job_spec",
      "training.loss: cross-entropy needs logits, and the network ends in softmax",
    );
  return graph;
}
