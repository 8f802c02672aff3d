import { type Codec, decodeEach, parseCodec, updateRandom } from "@tributary/federation";
import {
  type BlobFolder,
  type BlobRef,
  decodeParameters,
  encodeParameterHeader,
  type Parameter,
  type ParameterSet,
  TributaryError,
} from "@tributary/protocol";
import { Gate } from "../gate.js";
import type { JobRun } from "../jobs/job-run.js";

/** One update is decoded at a time: it and the model that it is a change of are in memory. */
const gate = new Gate(1);

/** How the updates of a job travel; undefined: as they are. */
export const codecOf = ({ spec }: JobRun): Codec | undefined =>
  spec.codec.update === undefined ? undefined : parseCodec(spec.codec.update);

/**
 * Turns an update as it was sent into the parameters that it stands for, and keeps those as a blob.
 *
 * @throws TributaryError `file_invalid`, `update_not_finite`; `blob_unknown`, `store_failed`, `disk_full`
 */
export function decodeUpdate(
  blobs: BlobFolder,
  codec: Codec,
  sent: BlobRef,
  { worker, round }: { readonly worker: string; readonly round: number },
  { graph, spec, state }: JobRun,
): Promise<BlobRef> {
  return gate.run(async () => {
    const bytes = await blobs.read(sent.digest);
    const reference = codec.delta ? await modelOf(blobs, state.model?.digest) : undefined;
    const random = updateRandom(spec.seed, round, worker);
    return blobs.write(encoded(decodeEach(codec, bytes, graph.parameters, { random, reference })));
  });
}

async function modelOf(blobs: BlobFolder, digest: string | undefined): Promise<ParameterSet> {
  if (digest === undefined) throw new TributaryError("internal", "an update came without a model");
  return decodeParameters(await blobs.read(digest));
}

function* encoded(parameters: Iterable<Parameter>): Generator<Uint8Array> {
  for (const { name, shape, values } of parameters) {
    yield encodeParameterHeader(name, shape);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
