import { codecLabel } from "@tributary/federation";
import {
  type BlobFolder,
  type BlobRef,
  ChunkReply,
  type EncodedReply,
  hex,
  type Piece,
  pieceAt,
  reached,
  TributaryError,
  type v1,
} from "@tributary/protocol";
import type { AuditTrail } from "../audit-trail.js";
import { Gate } from "../gate.js";
import { vectorsSent } from "../jobs/assignments.js";
import type { JobRun } from "../jobs/job-run.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Metrics } from "../metrics.js";
import type { Session } from "../sockets/session.js";
import { ModelCache } from "./model-cache.js";

/** Chunks that are on their way at once, to all workers together. */
const CHUNKS_AT_ONCE = 16;

/** Gives workers the chunks of the models that their work needs. */
export class Models {
  readonly #gate = new Gate(CHUNKS_AT_ONCE);
  readonly #memory: ChunkReply[] = [];
  readonly #cache: ModelCache;

  constructor(
    private readonly jobs: Jobs,
    private readonly blobs: BlobFolder,
    private readonly metrics: Metrics,
    private readonly trail: AuditTrail,
  ) {
    this.#cache = new ModelCache(blobs);
  }

  /**
   * Gives a few chunks in one message. A worker that trains may read the global model of the running job, and the vectors that its
   * strategy sends along; an evaluator the model, and the updates that are scored.
   *
   * @throws TributaryError `blob_unknown`, `chunk_out_of_range`
   */
  async chunk(session: Session, request: v1.ChunkRequest): Promise<EncodedReply> {
    const run = this.jobs.running;
    const digest = hex(request.digest);
    const model = run?.state.model;
    // All workers read these.
    const shared = [model, model?.packed].find((other) => other?.digest === digest);
    const blob = shared ?? (run && besides(run, session).find((other) => other?.digest === digest));
    if (run === undefined || blob === undefined)
      throw new TributaryError("blob_unknown", "no work of this worker needs this blob");
    const piece = pieceAt(blob.size, request.index, request.count || 1);
    const reply =
      blob === shared && this.#cache.takes(blob)
        ? await this.#share(session, blob, piece)
        : await this.#read(session, digest, piece);
    reached("sending-model", { worker: session.name, digest, index: request.index });
    if (piece.end === blob.size)
      this.trail.note("model.sent", {
        job: run.id,
        round: "round" in run.state.phase ? run.state.phase.round : null,
        details: { to: session.name, digest, size: blob.size },
      });
    run.count("down", piece.end - piece.start);
    const codec = blob === model?.packed ? run.spec.codec.model : undefined;
    this.metrics.bytes.inc({ direction: "down", codec: codecLabel(codec) }, piece.end - piece.start);
    return reply;
  }

  /** What all workers of the round are sent. A connection may copy what it sends, so places are held all the same. */
  async #share(session: Session, model: BlobRef, piece: Piece): Promise<EncodedReply> {
    const leave = await this.#gate.enter(piece.count);
    try {
      return await this.#cache.piece(model, piece);
    } finally {
      setImmediate(() => void session.isWritten().then(leave));
    }
  }

  /** The places, and with them the memory, are held until the worker has taken the chunks: a slow one does not pile them up. */
  async #read(session: Session, digest: string, { start, end, count }: Piece): Promise<EncodedReply> {
    const leave = await this.#gate.enter(count);
    const memory = this.#memory.pop() ?? new ChunkReply();
    try {
      await using reader = await this.blobs.openRead(digest);
      await reader.readInto(memory.data(end - start), start);
    } catch (error) {
      this.#memory.push(memory);
      leave();
      throw error;
    }
    // By then the answer is on its way. Memory that is not yet written out is not used again.
    setImmediate(async () => {
      if (await session.isWritten()) this.#memory.push(memory);
      leave();
    });
    return memory.encode(end - start);
  }
}

/** What a worker may read besides the newest model. */
function besides({ spec, state }: JobRun, { name, description }: Session): readonly (BlobRef | undefined)[] {
  // Of an asynchronous job, the version that this worker was handed, too.
  const handed = state.flow?.outstanding.find(({ worker }) => worker === name);
  if (description.role === "train") return [vectorsSent(spec, state.model), handed?.model];
  return state.phase.kind === "evaluating" ? state.phase.updates : [];
}
