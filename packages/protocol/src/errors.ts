import { oneLine } from "./one-line.js";
import type { v1 } from "./proto.js";

interface CatalogueEntry {
  /** HTTP status that the API answers with. */
  readonly status: number;
  /** What to do about it, in one line. */
  readonly hint: string;
}

/**
 * The error catalogue: every failure that a person or a peer can meet has one code, one HTTP status and one hint. A code is
 * part of the API and of the wire: it is added, never changed.
 *
 * Add a row here, then `throw new TributaryError("code", "what happened, in one line")`.
 */
export const catalogue = {
  // ---- input -------------------------------------------------------------------------------------------------
  invalid_request: { status: 400, hint: "Compare the request with the API description at /docs." },
  invalid_message: { status: 400, hint: "Run the same version of Tributary at the worker and the coordinator." },
  invalid_job_spec: { status: 422, hint: "Correct the fields named above; docs/job-spec.md explains each." },
  unknown_model: { status: 422, hint: "Use a named model or give a graph; `tributary doctor` lists the models." },
  unknown_dataset: {
    status: 422,
    hint: "Start a worker that holds this data set, or correct `dataset` in the JobSpec.",
  },
  invalid_graph: { status: 422, hint: "Trace the module again with this version of Tributary." },
  shape_mismatch: { status: 422, hint: "Compare the layer's settings with the shape of its input." },
  parameters_mismatch: {
    status: 422,
    hint: "Give the parameters of this network, by PyTorch's names; `tributary model show` lists both.",
  },
  parameters_not_finite: { status: 422, hint: "Take an earlier version of the model, or lower the learning rate." },
  ops_unsupported: {
    status: 422,
    hint: "Start these workers with --plugin and the file of the operator, or on another backend; or use other ops.",
  },
  message_damaged: { status: 400, hint: "It is sent again by itself; if it stays, look at the network, or use TLS." },
  method_not_allowed: { status: 405, hint: "Take a method that `Allow` names; the API is described at /docs." },
  unsupported_media_type: { status: 415, hint: "Send application/json, or application/yaml for a JobSpec." },
  payload_too_large: { status: 413, hint: "Send less at a time, or raise the limit at the coordinator." },
  request_timed_out: { status: 408, hint: "Send a request's headers and its body without pauses, over a faster line." },
  headers_too_large: { status: 431, hint: "Send shorter headers, or a shorter path and query: 16 KiB in all." },
  rate_limited: { status: 429, hint: "Wait a little, then try again." },
  // ---- access ------------------------------------------------------------------------------------------------
  unauthorized: { status: 401, hint: "Give the token that the coordinator wrote at its first start." },
  forbidden: { status: 403, hint: "This token may not do that; use the admin token." },
  not_found: { status: 404, hint: "List what there is: `tributary job list`." },
  conflict: { status: 409, hint: "Look at the present state first, then try again." },
  idempotency_key_reused: {
    status: 422,
    hint: "Take a new Idempotency-Key for another request, or send the first one as it was.",
  },
  audit_changed: {
    status: 409,
    hint: "Somebody changed the record, or it was restored from an older backup: compare it with an export or a noted line.",
  },
  // ---- workers -----------------------------------------------------------------------------------------------
  protocol_mismatch: { status: 400, hint: "Install the same version of Tributary at the worker and the coordinator." },
  worker_name_taken: { status: 409, hint: "Give each worker a name of its own with --name." },
  not_registered: { status: 409, hint: "Register before sending anything else." },
  coordinator_unreachable: {
    status: 503,
    hint: "Check the address, that the coordinator runs, and that its port is open from here.",
  },
  shard_missing: { status: 400, hint: "Point --data at a folder that `tributary data partition` wrote." },
  shard_invalid: { status: 400, hint: "Write the shard again with `tributary data partition`." },
  wrong_dataset: { status: 400, hint: "Point the worker at a shard of the data set that the job names." },
  // ---- assignments and updates -------------------------------------------------------------------------------
  round_closed: { status: 409, hint: "Nothing to do: the round went on without this update." },
  not_in_cohort: { status: 409, hint: "Only workers that were selected for the round may send an update." },
  update_too_stale: {
    status: 409,
    hint: "Nothing to do: the worker is given a newer version. See `maximumStaleness`.",
  },
  duplicate_update: { status: 409, hint: "Nothing to do: this update was counted already." },
  update_not_finite: { status: 422, hint: "Lower the learning rate, or look for bad samples in the shard." },
  update_shape_mismatch: { status: 422, hint: "The update must hold the model's parameters, in its order and shapes." },
  update_dtype_mismatch: { status: 422, hint: "Parameters travel as float32." },
  update_digest_mismatch: { status: 422, hint: "The bytes changed on their way; send them again." },
  update_out_of_range: { status: 422, hint: "A value exceeds `admission.maxAbs` of the JobSpec." },
  sample_count_invalid: { status: 422, hint: "Report the number of samples that the shard holds." },
  too_few_samples: {
    status: 422,
    hint: "Give the worker a larger shard, or the JobSpec a larger evaluation.workers.validationFraction.",
  },
  training_failed: { status: 500, hint: "Look at the worker's log." },
  aborted: { status: 409, hint: "Nothing to do: the work was called off." },
  // ---- transfer ----------------------------------------------------------------------------------------------
  blob_unknown: { status: 404, hint: "Ask for the digest that the assignment names." },
  chunk_out_of_range: { status: 400, hint: "Chunks are numbered from 0 to ceil(size / chunk_bytes) - 1." },
  chunk_invalid: { status: 400, hint: "Every chunk but the last is exactly chunk_bytes long." },
  digest_mismatch: { status: 422, hint: "The content does not match its digest; transfer it again." },
  upload_unknown: { status: 404, hint: "Open the upload again." },
  blob_too_large: { status: 413, hint: "The blob exceeds what this job can need." },
  // ---- this machine ------------------------------------------------------------------------------------------
  backend_unavailable: { status: 500, hint: "Run `tributary doctor`; TRIBUTARY_BACKEND=wasm works everywhere." },
  port_in_use: { status: 500, hint: "Stop the other program or choose another port with --port." },
  data_folder_in_use: {
    status: 500,
    hint: "Another process holds this folder; stop it, or choose another with --data-dir, for a worker with --state-dir.",
  },
  disk_full: { status: 507, hint: "Make room on the disk of the data folder; it goes on by itself." },
  database_in_use: {
    status: 500,
    hint: "Another coordinator works on this database; stop it or give each one a database of its own.",
  },
  store_failed: { status: 500, hint: "Check the disk and the permissions of the data folder." },
  plugin_invalid: {
    status: 400,
    hint: "Compare the file with docs/guides/own-operators.md: it says what a plug-in exports.",
  },
  file_unreadable: { status: 400, hint: "Check the path and its permissions." },
  download_failed: {
    status: 502,
    hint: "Check the connection and try again: what came is kept. Or bring the files by hand and name their folder: --data-dir.",
  },
  file_invalid: { status: 400, hint: "The file is damaged or of another format." },
  timed_out: { status: 504, hint: "Try again; if it stays, look at the other side's log." },
  disconnected: { status: 503, hint: "The connection was lost; it is tried again by itself." },
  internal: { status: 500, hint: "This is a fault of Tributary; its log says more." },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

/**
 * An error out of the catalogue. `message` is public: it holds no secret, no path of the other side, no stack.
 *
 * @example
 * throw new TributaryError("file_unreadable", `cannot read ${path}`, { cause });
 */
export class TributaryError extends Error {
  override readonly name = "TributaryError";
  readonly code: ErrorCode;
  /** What to do about it, in one line. */
  readonly hint: string;
  /** HTTP status. */
  readonly status: number;

  /**
   * @param message what happened, in one line, naming the place
   * @param options `hint` in place of the catalogue's; `cause` for the log, which the other side never sees
   */
  constructor(code: ErrorCode, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? catalogue[code].hint;
    this.status = catalogue[code].status;
  }
}

/** Whether a text is a code of this version's catalogue. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code);

/** Any thrown value as an error of the catalogue; what is not one already becomes `internal`, its text kept as cause only. */
export function toTributaryError(thrown: unknown): TributaryError {
  if (thrown instanceof TributaryError) return thrown;
  return new TributaryError("internal", "an unexpected error happened", { cause: thrown });
}

/** An error as it travels. Its cause and its stack stay here. */
export const toWire = ({ code, message, hint }: TributaryError): v1.Error.$Properties => ({ code, message, hint });

/** An error of the peer. A code that this version does not know becomes `internal`; its texts become short lines. */
export function fromWire({ code, message, hint }: v1.Error.$Properties): TributaryError {
  const known = code && isErrorCode(code) ? code : "internal";
  return new TributaryError(
    known,
    oneLine(message ?? "") || "the other side refused",
    hint ? { hint: oneLine(hint) } : {},
  );
}
