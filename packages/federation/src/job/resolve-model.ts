import { type Graph, type GraphNode, namedModel, parseGraph } from "@tributary/nn";
import { TributaryError } from "@tributary/protocol";
import { checkLocalParameters } from "../local/local-parameters.js";
import { strategyOf } from "../strategies/strategies.js";
import { classifierFacts } from "./check-fit.js";
import type { JobSpec } from "./job-spec.js";
import type { LossSpec } from "./loss-spec.js";
import { withLayers } from "./personalisation-spec.js";
import { lossSpecOf } from "./training-spec.js";

/**
 * The network that a job trains: a named model, or the graph that it brings.
 * @throws TributaryError `unknown_model`, `invalid_graph`, `shape_mismatch`; `invalid_job_spec` when the loss or what stays at workers does not fit
 */
export function resolveModel(spec: JobSpec): Graph {
  const { model } = spec;
  const graph = typeof model === "string" ? namedModel(model) : parseGraph(model.graph);
  classifierFacts(graph);
  if (!spec.training.idle && !graph.parameters.some(({ trainable }) => trainable))
    throw new TributaryError("invalid_graph", `${graph.name} has no parameter to train`);
  const { localParameters } = strategyOf(spec).objective;
  if (localParameters !== undefined)
    checkLocalParameters(
      localParameters,
      graph.parameters.map(({ name }) => name),
    );
  const layers = spec.personalisation?.layers;
  if (layers !== undefined && !withLayers(graph, layers).parameters.some(({ trainable }) => trainable))
    throw new TributaryError(
      "invalid_job_spec",
      "personalisation.layers: no parameter of the network that is trained has such a name",
    );
  const last = graph.nodes.find(({ name }) => name === graph.outputs[0]);
  if (last !== undefined) checkLoss(lossSpecOf(spec), last);
  return graph;
}

/** @throws TributaryError `invalid_job_spec` when the loss takes other outputs than these, or weighs other classes */
function checkLoss(loss: LossSpec, { op, shape }: GraphNode): void {
  const refuse = (reason: string) => {
    throw new TributaryError("invalid_job_spec", `training.loss: ${reason}`);
  };
  const { name } = loss;
  if (name === "nll" && op !== "log_softmax") refuse("nll needs a network that ends in log_softmax; use cross-entropy");
  if (name === "kl-div" && op !== "log_softmax") refuse("kl-div needs a network that ends in log_softmax");
  if (name === "cross-entropy" && op === "softmax")
    refuse("cross-entropy needs logits, and the network ends in softmax");
  if (name === "bce" && op !== "sigmoid" && op !== "softmax")
    refuse("bce needs a network that ends in sigmoid; use bce-with-logits");
  if (name === "bce-with-logits" && op === "sigmoid")
    refuse("bce-with-logits needs logits, and the network ends in sigmoid; use bce");
  const [, classes] = shape;
  const lists = {
    weight: "weight" in loss ? loss.weight : undefined,
    posWeight: "posWeight" in loss ? loss.posWeight : undefined,
  };
  for (const [list, weights] of Object.entries(lists))
    if (weights !== undefined && weights.length !== classes)
      refuse(`${list} has ${weights.length} numbers, and the network tells ${classes} classes apart`);
}
