import { nearest } from "@tributary/protocol";

/** What zod found in a request. */
export interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** What a choice allows. */
  readonly values?: readonly unknown[];
}

/** What is wrong with a part of a request, in a line: of a choice also the name that was meant, where one is near. */
export function describeIssue({ path, message, values = [] }: Issue, request: unknown): string {
  const value = path.reduce<unknown>(
    (part, step) => (typeof part === "object" && part !== null ? Reflect.get(part, step) : undefined),
    request,
  );
  const near = typeof value === "string" ? nearest(value, values.filter(isText)) : undefined;
  const place = path.join(".") || "it";
  return near === undefined ? `${place}: ${message}` : `${place}: ${message}; did you mean ${near}?`;
}

const isText = (value: unknown): value is string => typeof value === "string";
