import { describeUnable, describeUnfit, type JobView } from "@tributary/federation";

/** What a waiting job waits for. */
export function describeShortage({ needed, able, unable, unfit = [] }: NonNullable<JobView["waitingFor"]>): string {
  const lacking = unable.length > 0 ? `; ${describeUnable(unable)}` : "";
  const against = unfit.length > 0 ? `; ${describeUnfit(unfit)}` : "";
  return `it waits for ${needed} workers, and ${able} that can train it ${able === 1 ? "is" : "are"} there${lacking}${against}`;
}
