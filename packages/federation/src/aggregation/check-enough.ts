import { TributaryError } from "@tributary/protocol";

/** @throws TributaryError `conflict` when a round has fewer updates than its rule can make a model of */
export function checkEnough(kind: string, count: number, least: number): void {
  if (count < least)
    throw new TributaryError("conflict", `${kind} needs ${least} updates, there are ${count}`, {
      hint: "Start more workers, raise `cohort.size`, or let `strategy` reckon with fewer.",
    });
}
