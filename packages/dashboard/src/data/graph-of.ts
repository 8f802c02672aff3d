import type { JobView } from "@tributary/federation";
import { type Graph, namedModel, parseGraph } from "@tributary/nn";

/** The network that a job trains. @throws TributaryError `unknown_model`, `invalid_graph` */
export const graphOf = ({ spec: { model } }: JobView): Graph =>
  typeof model === "string" ? namedModel(model) : parseGraph(model.graph);
