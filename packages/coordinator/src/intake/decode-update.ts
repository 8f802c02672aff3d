import {
  type Codec,
  decodeEach,
  parseCodec,
  partsBesides,
  referenceOf,
  strategyOf,
  updateRandom,
} from "@tributary/federation";
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
import type { OpenAttempt } from "./open-attempt.js";

/**
 * How an update came; undefined: as it is, as workers send it that do not know the job's codec.
 *
 * @param named by the worker: the job's codec, or ""
 * @throws TributaryError `invalid_message` of another one
 */
export function codecOf({ spec }: JobRun, named: string): Codec | undefined {
  if (named === "") return undefined;
  if (named !== spec.codec.update)
    throw new TributaryError("invalid_message", "an update is encoded with the codec of its job, or not at all");
  return parseCodec(named);
}

/** Turns updates as they were sent into the parameters that they stand for. */
export class UpdateDecoder {
  /** One update is decoded at a time: it and the model that it is a change of are in memory. */
  readonly #gate = new Gate(1);
  /** The model that updates are changes of: that of the round, mostly. */
  #reference: { readonly digest: string; readonly parameters: ParameterSet } | undefined;

  constructor(private readonly blobs: BlobFolder) {}

  /**
   * Keeps the parameters that an update stands for as a blob.
   *
   * @throws TributaryError `file_invalid`, `update_not_finite`; `blob_unknown`, `store_failed`, `disk_full`
   */
  decode(
    codec: Codec,
    sent: BlobRef,
    { worker, round }: { readonly worker: string; readonly round: number },
    { run: { graph, spec }, model }: Pick<OpenAttempt, "run" | "model">,
  ): Promise<BlobRef> {
    return this.#gate.run(async () => {
      const bytes = await this.blobs.read(sent.digest);
      const besides = partsBesides(graph, strategyOf(spec).objective.returns);
      const reference = codec.delta ? referenceOf(await this.#modelOf(model?.digest), besides) : undefined;
      const random = updateRandom(spec.seed, round, worker);
      return this.blobs.write(
        encoded(decodeEach(codec, bytes, [...graph.parameters, ...besides], { random, reference })),
      );
    });
  }

  async #modelOf(digest: string | undefined): Promise<ParameterSet> {
    if (digest === undefined) throw new TributaryError("internal", "an update came without a model");
    if (this.#reference?.digest !== digest)
      this.#reference = { digest, parameters: decodeParameters(await this.blobs.read(digest)) };
    return this.#reference.parameters;
  }
}

function* encoded(parameters: Iterable<Parameter>): Generator<Uint8Array> {
  for (const { name, shape, values } of parameters) {
    yield encodeParameterHeader(name, shape);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}
