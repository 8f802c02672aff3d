import { type Group, groups, type Result } from "./scenarios/scenario.js";

/** One line of the table: a scenario, or all random moments together. */
interface Row {
  readonly what: string;
  readonly runs: number;
  /** Of the runs; undefined where the bytes may be others. */
  readonly sameDigest: number | undefined;
  /** The middle one of the runs. */
  readonly secondsLost: number;
  /** The largest of the runs. */
  readonly bytesRatio: number | undefined;
  /** Runs in which something did not hold. */
  readonly failed: number;
}

const titles: Readonly<Record<Group, string>> = {
  coordinator: "coordinator killed",
  moment: "coordinator killed at a random moment",
  worker: "worker killed",
  network: "network",
  clock: "clock",
  stragglers: "stragglers",
  disk: "disk",
  "power loss": "power loss",
  strategy: "strategy, coordinator and worker killed",
  codec: "codec, coordinator and worker killed",
  selection: "selection and stopping, coordinator killed",
};

export const titleOf = ({ group, name }: Pick<Result, "group" | "name">): string => `${titles[group]}: ${name}`;

/** The rows of the table, in the order of the groups. */
function rowsOf(results: readonly Result[]): Row[] {
  return groups.flatMap((group) => {
    const ofGroup = results.filter((result) => result.group === group);
    if (group === "moment") return ofGroup.length === 0 ? [] : [rowOf(titles.moment, ofGroup)];
    return ofGroup.map((result) => rowOf(titleOf(result), [result]));
  });
}

function rowOf(what: string, results: readonly Result[]): Row {
  const lost = results.map(({ secondsLost }) => secondsLost).sort((a, b) => a - b);
  const ratios = results.flatMap(({ bytesRatio }) => bytesRatio ?? []);
  return {
    what,
    runs: results.length,
    sameDigest: results.some(({ sameDigest }) => sameDigest === undefined)
      ? undefined
      : results.filter(({ sameDigest }) => sameDigest).length,
    secondsLost: lost[Math.floor(lost.length / 2)] ?? Number.NaN,
    bytesRatio: ratios.length === 0 ? undefined : Math.max(...ratios),
    failed: results.filter(({ wrong }) => wrong.length > 0).length,
  };
}

/** The table in Markdown, which a terminal shows well enough. */
export function textTable(results: readonly Result[]): string {
  const rows = rowsOf(results).map(
    ({ what, runs, sameDigest, secondsLost, bytesRatio, failed }) =>
      `| ${what.replaceAll("|", "\\|")} | ${runs} | ${sameDigest ?? ""} | ${secondsLost.toFixed(1)} | ${bytesRatio?.toFixed(2) ?? ""} | ${failed === 0 ? "yes" : `${failed} not`} |`,
  );
  return [
    "| what | runs | same digest | seconds lost | bytes, × undisturbed | holds |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}
