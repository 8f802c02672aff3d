import {
  type AcceptedUpdate,
  type ByteRange,
  type Codec,
  codecLabel,
  encodedBytes,
  encodedSize,
  partsOfUpdate,
  strategyOf,
} from "@tributary/federation";
import { type BlobFolder, blobRefOf, reached, TributaryError, toTributaryError, type v1 } from "@tributary/protocol";
import type { DiskGuard } from "../disk/disk-guard.js";
import { type BlobClaims, claimantOf } from "../jobs/blob-claims.js";
import { isStoreFailure, type JobRun } from "../jobs/job-run.js";
import type { Jobs } from "../jobs/jobs.js";
import type { Metrics } from "../metrics.js";
import type { RoundTraces } from "../observability/round-traces.js";
import type { Session } from "../sockets/session.js";
import type { Attempt, WorkName } from "../sockets/work.js";
import { admitUpdate, asUpdateError, isVerdict, lookThrough } from "./admission.js";
import { codecOf, UpdateDecoder } from "./decode-update.js";
import { isAccepted, type OpenAttempt, openAttempt } from "./open-attempt.js";
import type { Uploads } from "./uploads.js";

export interface IntakeContext {
  readonly jobs: Jobs;
  readonly blobs: BlobFolder;
  readonly disk: DiskGuard;
  readonly claims: BlobClaims;
  readonly uploads: Uploads;
  readonly metrics: Metrics;
  readonly traces: RoundTraces;
}

/**
 * Takes the updates of a round. One is acknowledged after it passed admission, is durable and is journaled; one that does
 * not pass is refused with its reason, to the worker and in the journal, and the round goes on.
 */
export class Intake {
  readonly #decoder: UpdateDecoder;

  constructor(private readonly context: IntakeContext) {
    this.#decoder = new UpdateDecoder(context.blobs);
  }

  /** @throws TributaryError `round_closed`, `not_in_cohort`, `update_too_stale`, `duplicate_update`, `update_shape_mismatch` (of another size), `disk_full` */
  async openUpload(session: Session, request: v1.UploadOpen): Promise<v1.UploadState.$Properties> {
    const { name } = session;
    const ref = blobRefOf(request.blob);
    const open = await this.#attempt(name, request);
    if (isAccepted(open, name, ref.digest))
      throw new TributaryError("duplicate_update", "this update was accepted already");
    const codec = await this.#codecOf(session, open.run, request);
    const { least, most } = bytesOfUpdate(open.run, codec);
    if (ref.size < least || ref.size > most) {
      const wanted = least === most ? `${most}` : `${least} to ${most}`;
      const error = new TributaryError(
        "update_shape_mismatch",
        `the update has ${ref.size} bytes, ${wanted} are wanted`,
      );
      throw await this.#refuse(session, open.run, request, error);
    }
    await this.context.disk.require(ref.size);
    const incoming = codec === undefined ? lookThrough(open.run, ref.size) : undefined;
    const { id, partial } = await this.context.uploads.open(name, request, ref, { codec: request.codec, incoming });
    try {
      // It may have waited for its turn.
      openAttempt(this.context.jobs, name, request);
    } catch (error) {
      await this.context.uploads.discard(name);
      throw error;
    }
    return { upload: id, nextIndex: partial.nextIndex };
  }

  /** @throws TributaryError `upload_unknown`, `round_closed`, `not_in_cohort`, `chunk_out_of_range`, `chunk_invalid` */
  async takeChunk({ name }: Session, request: v1.UploadChunk): Promise<v1.UploadState.$Properties> {
    const upload = this.context.uploads.get(name, request.upload);
    const { run } = openAttempt(this.context.jobs, name, upload);
    await this.context.disk.require(request.data.byteLength);
    const nextIndex = await this.context.uploads.append(upload, request);
    reached("chunk-kept", { worker: name, nextIndex });
    run.count("up", request.data.byteLength);
    const codec = codecLabel(upload.codec || undefined);
    this.context.metrics.bytes.inc({ direction: "up", codec }, request.data.byteLength);
    return { upload: upload.id, nextIndex };
  }

  /** An update that was accepted before is acknowledged again, and counts once. @throws TributaryError why it is not accepted */
  async takeUpdate(session: Session, request: v1.Update): Promise<v1.Empty.$Properties> {
    const { name } = session;
    const ref = blobRefOf(request.parameters);
    const open = await this.#attempt(name, request);
    if (isAccepted(open, name, ref.digest)) return {};
    await this.context.disk.require(0);
    const upload = this.context.uploads.find(name, request, ref);
    const claimant = claimantOf(request, open.run.state.flow === undefined ? undefined : name);
    this.context.claims.claim(claimant, ref.digest);
    let kept = ref;
    try {
      await upload.partial.finish();
      reached("update-kept", { worker: name, ...ref });
      const { round, attempt } = request;
      const codec = codecOf(open.run, request.codec);
      if (codec !== undefined) {
        const decoded = await this.#decoder.decode(codec, ref, { worker: name, round }, open);
        this.context.claims.claim(claimant, decoded.digest);
        kept = decoded;
      }
      const work = { kind: "training", job: request.job, round, subject: "" } as const;
      const admitted = await this.context.traces.ofAssignment("admission", work, name, () =>
        admitUpdate(this.context.blobs, kept.digest, request, open, kept === ref ? upload.incoming : undefined),
      );
      const update: AcceptedUpdate = { worker: name, ...kept, ...admitted, ...(kept !== ref && { sent: ref }) };
      const counted = await open.run.dispatchPatiently({ type: "UpdateAccepted", round, attempt, update });
      if (!counted && !isAccepted(openAttempt(this.context.jobs, name, request), name, ref.digest))
        throw new TributaryError("round_closed", `round ${round}, attempt ${attempt} takes no more updates`);
    } catch (thrown) {
      // The journal may have it although the database did not say so: then the round needs the blob, and closes with it.
      if (!isStoreFailure(thrown))
        for (const { digest } of new Set([ref, kept])) await this.context.claims.drop(claimant, digest);
      const error = asUpdateError(toTributaryError(thrown));
      throw isVerdict(error) ? await this.#refuse(session, open.run, request, error) : thrown;
    }
    // What was decoded is what counts.
    if (kept !== ref) await this.context.claims.drop(claimant, ref.digest);
    reached("between-update-and-ack", { worker: name, ...ref });
    session.settle(trainingNamed(request));
    await this.context.uploads.discard(name);
    return {};
  }

  /** What an update is encoded with. */
  async #codecOf(session: Session, run: JobRun, request: v1.UploadOpen): Promise<Codec | undefined> {
    try {
      return codecOf(run, request.codec);
    } catch (thrown) {
      throw await this.#refuse(session, run, request, toTributaryError(thrown));
    }
  }

  /** The attempt that takes the update. One that came too late is counted. */
  async #attempt(worker: string, request: Attempt): Promise<OpenAttempt> {
    const { jobs } = this.context;
    try {
      return openAttempt(jobs, worker, request);
    } catch (error) {
      const { round, attempt } = request;
      await jobs.find(request.job)?.dispatch({ type: "UpdateLate", round, attempt, worker });
      throw error;
    }
  }

  async #refuse(session: Session, run: JobRun, request: Attempt, error: TributaryError): Promise<TributaryError> {
    const { name: worker } = session;
    const { round, attempt } = request;
    const { code, message } = error;
    session.fail(code, message);
    await run.dispatchPatiently({ type: "UpdateRefused", round, attempt, refusal: { worker, code, message } });
    session.settle(trainingNamed(request));
    await this.context.uploads.discard(worker);
    return error;
  }
}

const trainingNamed = ({ job, round, attempt }: Attempt): WorkName => ({
  ...{ kind: "training", job, round, attempt, subject: "" },
});

/** How few and how many bytes an update is sent as. */
function bytesOfUpdate(run: JobRun, codec: Codec | undefined): ByteRange {
  const parts = partsOfUpdate(run.graph, strategyOf(run.spec).objective.returns);
  if (codec !== undefined) return encodedBytes(codec, parts);
  const size = encodedSize(parts);
  return { least: size, most: size };
}
