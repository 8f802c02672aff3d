import { nearest, oneLine, TributaryError } from "@tributary/protocol";

/** The error about a worker that there is not: it names the one that was meant. */
export function unknownWorker(name: string, known: readonly string[]): TributaryError {
  const near = nearest(name, known);
  const end = near === undefined ? "" : `; did you mean ${oneLine(near)}?`;
  return new TributaryError("not_found", `there is no worker ${oneLine(name)}${end}`, {
    hint: "List what there is: `tributary workers`.",
  });
}
