import { TributaryError } from "@tributary/protocol";

/** @throws TributaryError `conflict` when a round has more updates than its rule has memory or time for */
export function checkMost(kind: string, count: number, most = Number.POSITIVE_INFINITY): void {
  if (count > most)
    throw new TributaryError("conflict", `${kind} compares ${most} updates at most, there are ${count}`, {
      hint: "Set `cohort.size`, or wrap the strategy in `bucketing`.",
    });
}

/** @throws TributaryError `conflict` when a round has fewer updates than its rule can make a model of */
export function checkEnough(kind: string, count: number, least: number): void {
  if (count < least)
    throw new TributaryError("conflict", `${kind} needs ${least} updates, there are ${count}`, {
      hint: "Start more workers, raise `cohort.size`, or let `strategy` reckon with fewer.",
    });
}
