import { isOver, type JobView } from "@tributary/federation";
import { percent, wholeSeconds } from "../output/format.js";
import { progressBar } from "./charts.js";
import { type Absence, absenceBlock } from "./connection.js";
import type { FederationState } from "./federation-state.js";
import { type Block, fixed, layout } from "./layout.js";
import { cut, type Line, span } from "./line.js";
import type { Size } from "./size.js";
import { type Column, cutOff, tableLines } from "./table.js";
import { byPresence, workerColumns } from "./worker-columns.js";

export interface FederationScreen {
  readonly federation: FederationState;
  readonly gone: Absence | undefined;
  /** Whether it shows jobs, too. */
  readonly withJobs: boolean;
  /** Workers that are above the first one shown. */
  readonly above: number;
}

/** The screen of `tributary top` and `tributary worker list --watch`. @param now as `Date.now` */
export function federationLines(screen: FederationScreen, { width, height }: Size, now: number): Line[] {
  const { federation, withJobs, gone } = screen;
  const blocks = [
    fixed(0, [[span(cut(summary(federation), width), { bold: true })]]),
    absenceBlock(gone, width, now),
    ...(withJobs ? [jobsBlock(federation, width, now)] : []),
    workersBlock(screen, width, now),
    fixed(1, [[span(cut("q leave  ↑ ↓ scroll", width), { dim: true })]]),
  ];
  return layout(blocks, height);
}

/** Of `tributary top`, on as many lines as it takes. */
export function federationTables(
  federation: Pick<FederationState, "jobs" | "workers">,
  now: number,
): readonly Line[][] {
  const width = Number.MAX_SAFE_INTEGER;
  return [
    tableLines(jobColumns(now), openJobs(federation), width),
    tableLines(columnsOfWorkers(now), [...federation.workers].sort(byPresence), width),
  ];
}

function summary({ isTold, workers, jobs }: FederationState): string {
  if (!isTold) return "waiting for the coordinator";
  const there = workers.filter(({ connected }) => connected).length;
  const open = jobs.filter(({ status }) => !isOver(status));
  const running = open.filter(({ status }) => status === "running").length;
  return `${there} of ${workers.length} workers connected, ${running} of ${open.length} jobs running`;
}

/** Jobs that are not over: what runs, what stands, what waits for its turn. */
export const openJobs = ({ jobs }: Pick<FederationState, "jobs">): readonly JobView[] =>
  jobs
    .filter(({ status }) => !isOver(status))
    .sort(
      (one, other) =>
        order.indexOf(one.status) - order.indexOf(other.status) || (one.submittedAt < other.submittedAt ? -1 : 1),
    );

const order: readonly JobView["status"][] = ["running", "paused", "queued"];

const jobColumns = (now: number): readonly Column<JobView>[] => [
  { title: "Job", cell: ({ id }) => span(id, { bold: true }) },
  { title: "Name", cell: ({ name }) => span(name) },
  {
    title: "Status",
    cell: ({ status, phase }) =>
      span(phase === null ? status : `${status}, ${phase}`, { color: status === "running" ? "green" : "yellow" }),
  },
  { title: "Round", align: "right", cell: ({ round, spec }) => span(`${round}/${spec.rounds}`) },
  {
    title: "Progress",
    cell: ({ model, spec }) => span(progressBar((model?.round ?? 0) / spec.rounds, 16), { color: "cyan" }),
  },
  { title: "Accuracy", align: "right", cell: ({ accuracy }) => span(percent(accuracy)) },
  {
    title: "Passed",
    align: "right",
    cell: ({ startedAt }) => span(startedAt === null ? "–" : wholeSeconds(now - Date.parse(startedAt))),
  },
  { title: "Reason", least: 10, most: 120, cell: ({ reason }) => span(reason ?? "", { color: "yellow" }) },
];

function columnsOfWorkers(now: number) {
  const { name, role, state, work, dataset, samples, backend, roundTrip, lastError } = workerColumns(now);
  return [name, role, state, work, dataset, samples, backend, roundTrip, lastError];
}

function jobsBlock(federation: FederationState, width: number, now: number): Block {
  const jobs = openJobs(federation);
  const lines =
    jobs.length === 0
      ? [[span(cut("no job runs or waits", width), { dim: true })]]
      : tableLines(jobColumns(now), jobs, width);
  return {
    rank: 3,
    apart: true,
    least: Math.min(2, lines.length),
    most: lines.length,
    draw: (rows) => cutOff(lines, rows, width),
  };
}

function workersBlock({ federation, above }: FederationScreen, width: number, now: number): Block {
  const workers = [...federation.workers].sort(byPresence);
  if (workers.length === 0) return fixed(2, [[span(cut("no worker has come yet", width), { dim: true })]], true);
  const [head = [], ...rows] = tableLines(columnsOfWorkers(now), workers, width);
  const lines = [head, ...rows.slice(Math.min(above, rows.length - 1))];
  return { rank: 2, apart: true, least: 2, most: lines.length, draw: (most) => cutOff(lines, most, width) };
}
