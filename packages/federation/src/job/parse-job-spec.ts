import { TributaryError } from "@tributary/protocol";
import { printable } from "../printable.js";
import { type JobSpec, jobSpecSchema } from "./job-spec.js";
import { describeProblems } from "./problems.js";
import { MAX_YAML_LENGTH, readYaml } from "./read-yaml.js";

/** A JobSpec may have at most this many characters as JSON; inline graphs are the large part. */
const MAX_LENGTH = 16 * 1024 * 1024;

/**
 * Reads a JobSpec in YAML (up to 128 KiB) or JSON (up to 16 MiB).
 *
 * @param options `file`: its name, for messages about the text
 * @throws TributaryError `invalid_job_spec` naming every wrong field with what is allowed
 */
export function parseJobSpec(text: string, { file = "the JobSpec" }: { readonly file?: string } = {}): JobSpec {
  if (text.length > MAX_LENGTH) throw new TributaryError("invalid_job_spec", `${file}: over ${MAX_LENGTH} characters`);
  return checkJobSpec(read(text, printable(file.slice(-200))));
}

function read(text: string, file: string): unknown {
  if (!text.trimStart().startsWith("{")) return readYaml(text, file);
  try {
    return JSON.parse(text.trimStart());
  } catch (cause) {
    // A map of YAML may begin with a brace, too.
    if (text.length <= MAX_YAML_LENGTH) return readYaml(text, file);
    const reason = cause instanceof Error ? printable(cause.message.slice(0, 200)) : "";
    throw new TributaryError("invalid_job_spec", `${file}: not JSON: ${reason}`, { cause });
  }
}

/**
 * Checks a value that came from outside and fills in the defaults.
 *
 * @throws TributaryError `invalid_job_spec` naming every wrong field with what is allowed
 */
export function checkJobSpec(value: unknown): JobSpec {
  const result = jobSpecSchema.safeParse(value);
  if (result.success) return result.data;
  throw new TributaryError("invalid_job_spec", describeProblems(result.error.issues, value));
}
