import type { TributaryError } from "@tributary/protocol";
import { z } from "zod";

/** What every refused request is answered with: RFC 9457 problem details, and our code and hint. */
export const problemSchema = z
  .object({
    type: z.string().describe("urn:tributary:problem:CODE"),
    title: z.string().describe("The code in words"),
    status: z.int().describe("HTTP status"),
    detail: z.string().describe("What happened, in one line"),
    code: z.string().describe("A code of the error catalogue"),
    hint: z.string().describe("What to do about it"),
  })
  .meta({ id: "Problem" });

export type Problem = z.output<typeof problemSchema>;

/** The media type of a `Problem`. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

export const problemOf = ({ code, message, hint, status }: TributaryError): Problem => ({
  type: `urn:tributary:problem:${code}`,
  title: code.replaceAll("_", " "),
  status,
  detail: message,
  code,
  hint,
});
