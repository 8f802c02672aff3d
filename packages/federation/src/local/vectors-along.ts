import type { Graph } from "@tributary/nn";
import { elementCount } from "@tributary/protocol";
import type { JobSpec } from "../job/job-spec.js";
import type { ModelVersion } from "../round/events.js";
import { strategyOf } from "../strategies/strategies.js";
import { partsBesides } from "./update-layout.js";

/** What the vectors weigh that a job's strategy sends along with a model, once it keeps any. */
export function vectorsAlong(
  spec: Pick<JobSpec, "strategy">,
  graph: Pick<Graph, "parameters">,
): Pick<ModelVersion, "vectorBytes"> {
  const { sends = [] } = strategyOf(spec).objective;
  if (sends.length === 0) return {};
  const elements = partsBesides(graph, sends).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return { vectorBytes: elements * Float32Array.BYTES_PER_ELEMENT };
}
