import type { io } from "@tensorflow/tfjs-core";
import type { Graph } from "@tributary/nn";
import { type ParameterSet, TributaryError } from "@tributary/protocol";
import { strToU8, zipSync } from "fflate";
import { activate, type Backend } from "../backend/backend.js";
import { layersModelOf } from "./layers-model.js";

export interface TfjsOptions {
  /** Texts kept in the file. Default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const WEIGHTS = "weights.bin";
/** Zip has no time zone and begins in 1980: the same model gives the same file. */
const NO_TIME = new Date(1980, 0, 1);

/**
 * A network with its parameters for TensorFlow.js: a zip of `model.json`, which `tf.loadLayersModel` opens, and `weights.bin`.
 * Samples are in PyTorch's order of dimensions, `[batch, channels, height, width]`.
 *
 * @param parameters those of the graph, by name
 * @throws TributaryError `invalid_graph` naming a node that TensorFlow.js has no layer for; what `loadParameters` throws
 */
export async function exportTfjs(
  { tf, name }: Pick<Backend, "tf" | "name">,
  graph: Graph,
  parameters: ParameterSet,
  { metadata = {} }: TfjsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const layers = await import("@tensorflow/tfjs-layers");
  await activate(tf, name);
  const model = layersModelOf(tf, layers, graph, parameters);
  try {
    model.setUserDefinedMetadata(metadata);
    let saved: io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: NO_TIME, modelTopologyType: "JSON" } };
      }),
    );
    if (saved === undefined) throw new TributaryError("internal", "TensorFlow.js saved no model");
    return zipOf(saved, tf.io.CompositeArrayBuffer.join(saved.weightData));
  } finally {
    model.dispose();
  }
}

/** As TensorFlow.js' own handlers lay a model out. */
function zipOf(saved: io.ModelArtifacts, weights: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const { modelTopology, format, generatedBy, convertedBy, userDefinedMetadata, weightSpecs = [] } = saved;
  const json = {
    ...{ modelTopology, format, generatedBy, convertedBy, userDefinedMetadata },
    weightsManifest: [{ paths: [WEIGHTS], weights: weightSpecs }],
  };
  return zipSync(
    { "model.json": strToU8(JSON.stringify(json)), [WEIGHTS]: [new Uint8Array(weights), { level: 0 }] },
    { mtime: NO_TIME },
  );
}
