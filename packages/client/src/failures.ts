import { problemSchema } from "@tributary/federation";
import { fromWire, TributaryError } from "@tributary/protocol";
import { parseJson, readText } from "./read-text.js";

/** What a proxy answers with while the coordinator behind it is away. */
const BEHIND_A_PROXY = [502, 503, 504];

/** Nobody took the request. */
export const noConnection = (origin: string, cause: unknown): TributaryError =>
  new TributaryError("coordinator_unreachable", `no coordinator answers at ${origin} (${reasonOf(cause)})`, { cause });

/** The connection broke in the middle of an answer. */
export const lostConnection = (cause: unknown): TributaryError =>
  new TributaryError("disconnected", `the connection broke in the middle of an answer (${reasonOf(cause)})`, {
    cause,
    hint: "Try again.",
  });

/** What the coordinator refused with, or that it was none which answered. */
export async function answerError(response: Response): Promise<TributaryError> {
  const text = await readText(response, response.url).catch(() => "");
  const problem = problemSchema.safeParse(parseJson(text));
  if (problem.success) {
    const { code, detail, hint } = problem.data;
    return fromWire({ code, message: detail, hint });
  }
  const { status } = response;
  if (BEHIND_A_PROXY.includes(status))
    return new TributaryError("coordinator_unreachable", `the coordinator is away: its proxy answers with ${status}`);
  return new TributaryError("invalid_message", `the answer has status ${status} and is none of a coordinator`, {
    hint: "Check the address: something else may listen there.",
  });
}

/** "ECONNREFUSED": fetch hides the reason one level down. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error instanceof Error ? error.message : "no connection";
}
