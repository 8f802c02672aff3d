import type { JobStatus, JobView } from "@tributary/federation";

/** A version of a job's global model: a round, or the newest. */
export type Version = number | "latest";

/** The files that a model is written as. */
export type ModelFormat = "safetensors" | "onnx";

/** Which jobs are listed. */
export interface JobListQuery {
  readonly status?: JobStatus;
  /** Part of the name. */
  readonly name?: string;
  /** Most that are listed, 1 to 1,000. Default 100. */
  readonly limit?: number;
}

/** How much of a job's log is asked for. */
export interface LogsQuery {
  /** Most lines, 1 to 1,000; the coordinator keeps 200. Default 200. */
  readonly limit?: number;
}

/** A part of a list. */
export interface PageQuery {
  /** Most entries, 1 to 1,000. */
  readonly limit?: number;
  /** The `next` of the page before. */
  readonly cursor?: string;
}

/** Which attempts at rounds are asked for, a page at a time. */
export interface RoundPageQuery extends PageQuery {
  /** The first round. */
  readonly from?: number;
  /** The last round. */
  readonly through?: number;
  /** Only attempts whose model an evaluator scored. */
  readonly evaluated?: boolean;
}

/** What of a job's rounds is asked for. */
export interface SeriesQuery {
  /** Most points of a line, 4 to 4,000. Default 500. */
  readonly points?: number;
  /** Workers that have lines, 0 to 20: the first by name. Default 0. */
  readonly workers?: number;
  /** Further workers that have lines, 20 at most. Default none. */
  readonly names?: readonly string[];
}

/** A job: its id, or a view of it. */
export type JobRef = string | Pick<JobView, "id">;

/** How a job or a webhook is created. */
export interface CreateOptions {
  /**
   * The same key and request give the same job or webhook again, also after the coordinator was started again: a lost answer can
   * be asked for. 1 to 200 printable ASCII characters. Default: none.
   */
  readonly idempotencyKey?: string;
}
