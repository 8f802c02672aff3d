import { TributaryError } from "@tributary/protocol";

/** No answer in JSON is larger, bytes. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * A body as text, never more of it than `MAX_ANSWER_BYTES`.
 * @throws TributaryError `invalid_message` when it is larger; whatever the connection breaks with
 */
export async function readText(response: Response, path: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return text;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      bytes += next.value.byteLength;
      if (bytes > MAX_ANSWER_BYTES)
        throw new TributaryError("invalid_message", `the answer to ${path} is larger than ${MAX_ANSWER_BYTES} bytes`);
      text += decoder.decode(next.value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return text + decoder.decode();
}

/** Undefined, which no schema describes, when it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
