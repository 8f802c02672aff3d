import { type BlobFolder, chunkRange, hex, TributaryError, type v1 } from "@tributary/protocol";
import type { Jobs } from "../jobs/jobs.js";
import type { Metrics } from "../metrics.js";
import type { Session } from "../sockets/session.js";

/** Gives workers the chunks of the models that their work needs. */
export class Models {
  constructor(
    private readonly jobs: Jobs,
    private readonly blobs: BlobFolder,
    private readonly metrics: Metrics,
  ) {}

  /**
   * A worker that trains may read the global model of the running job; an evaluator also the updates that are scored.
   *
   * @throws TributaryError `blob_unknown`, `chunk_out_of_range`
   */
  async chunk({ description: { role } }: Session, request: v1.ChunkRequest): Promise<v1.Chunk.$Properties> {
    const run = this.jobs.running;
    const digest = hex(request.digest);
    const model = run?.state.model;
    const phase = run?.state.phase;
    const scored = role === "evaluate" && phase?.kind === "evaluating" ? phase.updates : [];
    const blob = [...(model === undefined ? [] : [model]), ...scored].find((blob) => blob.digest === digest);
    if (run === undefined || blob === undefined)
      throw new TributaryError("blob_unknown", "no work of this worker needs this blob");
    const { start, end } = chunkRange(blob.size, request.index);
    const data = await this.blobs.readRange(digest, start, end);
    run.count("down", data.byteLength);
    this.metrics.bytes.inc({ direction: "down" }, data.byteLength);
    return { data };
  }
}
