import type { Graph } from "@tributary/nn";
import { isLocal, patterns } from "../local/local-parameters.js";
import { averageShared } from "./average-shared.js";
import { defineStrategy } from "./define.js";
import { weighting } from "./settings.js";

/**
 * Federated averaging of all but the parameters of normalisation, which stay at each worker, running statistics too.
 * Source: Li et al. 2021, "FedBN: Federated Learning on Non-IID Features via Local Batch Normalization", algorithm 1.
 */
export const fedBn = defineStrategy({
  kind: "fedbn",
  about: "Federated averaging without the layers of normalisation, which stay at the workers (Li et al. 2021)",
  settings: {
    weighting,
    localParameters: patterns
      .default(["*bn*", "*norm*", "*running_*"])
      .describe(
        "Names of the parameters that stay, all those of layers of normalisation among them; `*` stands for any letters",
      ),
  },
  example: {},
  memory: "model",
  objective: ({ localParameters }) => ({ localParameters }),
  unfitFor({ localParameters }, { graph }) {
    const shared = namesOfNormalisation(graph).filter((name) => !isLocal(localParameters, name));
    if (shared.length === 0) return undefined;
    const layers = [...new Set(shared.map((name) => `${name.slice(0, name.lastIndexOf("."))}.*`))];
    return `strategy.localParameters: leaves out parameters of normalisation, which would be shared: add ${layers.map((layer) => `"${layer}"`).join(", ")}`;
  },
  open: (settings, round) => averageShared(round, settings),
});

/** Parameters of layers of normalisation, running statistics too. */
const namesOfNormalisation = ({ nodes }: Graph): string[] =>
  nodes.filter(({ op }) => op.endsWith("_norm")).flatMap(({ parameters }) => Object.values(parameters));
