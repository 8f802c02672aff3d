import { isOver, type JobStatus, timesSmaller } from "@tributary/federation";
import { bytes, count, duration, percent, wholeSeconds } from "../output/format.js";
import { describeShortage } from "../output/shortage.js";
import { progressBar, sparkline } from "./charts.js";
import { absenceBlock } from "./connection.js";
import type { JobState } from "./job-state.js";
import { type Block, fixed, layout } from "./layout.js";
import { cut, type Line, type Style, span, widthOf, wrap } from "./line.js";
import { type RoundRow, timeLeft } from "./round-row.js";
import type { Size } from "./size.js";
import { type Column, cutOff, tableLines } from "./table.js";
import { byPresence, workerColumns } from "./worker-columns.js";

/** Newest rounds whose refusals are shown. */
const ROUNDS_LOOKED_THROUGH = 200;
const REFUSALS_SHOWN = 5;

/** The screen of `tributary job watch`. @param now as `Date.now` */
export function jobLines(state: JobState, { width, height }: Size, now: number): Line[] {
  const blocks = [
    fixed(0, [title(state, width)]),
    absenceBlock(state.gone, width, now),
    fixed(2, [progress(state, width, now)]),
    fixed(3, reason(state, width)),
    fixed(6, curves(state.rows, width), true),
    roundsBlock(state, { width, height }, now),
    workersBlock(state, width, now),
    refusalsBlock(state.rows, width),
    fixed(1, [footer(state, width)]),
  ];
  return layout(blocks, height);
}

const colors: Readonly<Record<JobStatus, NonNullable<Style["color"]>>> = {
  ...{ queued: "cyan", running: "green", paused: "yellow", completed: "green", cancelled: "yellow", failed: "red" },
};

/** What it does at the right, the job at the left as far as there is room. */
function title({ job }: JobState, width: number): Line {
  const state = cut(job.phase === null ? job.status : `${job.status}, ${job.phase}`, width);
  const room = Math.max(0, width - widthOf(state) - 2);
  const name = cut(job.name, room);
  const id = cut(`  ${job.id}`, room - widthOf(name));
  const blank = " ".repeat(Math.max(0, width - widthOf(name) - widthOf(id) - widthOf(state)));
  return [span(name, { bold: true }), span(id), span(blank), span(state, { color: colors[job.status], bold: true })];
}

function progress({ job, rows }: JobState, width: number, now: number): Line {
  const { rounds } = job.spec;
  const done = rows.findLast(({ status }) => status === "finished")?.number ?? 0;
  const left = job.status === "running" ? timeLeft(rows, rounds) : null;
  const passed =
    job.startedAt === null ? 0 : Date.parse(job.finishedAt ?? new Date(now).toISOString()) - Date.parse(job.startedAt);
  const before = cut(`Round ${job.round}/${rounds} `, width);
  const after = ` ${Math.floor((done / rounds) * 100)} %  ${wholeSeconds(passed)} passed${left === null ? "" : `, ${wholeSeconds(left)} left`}`;
  const room = Math.min(40, width - widthOf(before) - widthOf(after));
  const bar = room < 4 ? "" : progressBar(done / rounds, room);
  return [span(before), span(bar, { color: "cyan" }), span(cut(after, width - widthOf(before) - widthOf(bar)))];
}

/** Why it stands still, what it waits for, why it ended. */
function reason({ job }: JobState, width: number): Line[] {
  const text = job.waitingFor !== null ? describeShortage(job.waitingFor) : isOver(job.status) ? null : job.reason;
  return text === null ? [] : wrap(text, width, 3).map((line) => [span(line, { color: "yellow" })]);
}

function curves(rows: readonly RoundRow[], width: number): Line[] {
  const accuracies = known(rows, ({ accuracy }) => accuracy);
  const ofModel = known(rows, ({ loss }) => loss);
  const losses = ofModel.length > 0 ? ofModel : known(rows, ({ trainingLoss }) => trainingLoss);
  const best = accuracies.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return [
    ...(accuracies.length === 0
      ? []
      : [curve("Accuracy", accuracies, `${percent(accuracies.at(-1))}, best ${percent(best)}`, width)]),
    ...(losses.length === 0
      ? []
      : [curve(ofModel.length > 0 ? "Loss" : "Training loss", losses, loss(losses.at(-1) ?? null), width)]),
  ];
}

function known(rows: readonly RoundRow[], figure: (row: RoundRow) => number | null): number[] {
  const values: number[] = [];
  for (const row of rows) {
    const value = figure(row);
    if (value !== null) values.push(value);
  }
  return values;
}

function curve(name: string, values: readonly number[], text: string, width: number): Line {
  const before = `${name} `.padEnd(14);
  const after = `  ${text}`;
  const room = Math.min(60, width - before.length - after.length);
  return [
    span(cut(before, width)),
    span(sparkline(values, room), { color: "cyan" }),
    span(cut(after, width - before.length)),
  ];
}

const loss = (value: number | null): string => (value === null ? "–" : value.toFixed(4));

function roundsBlock({ rows }: JobState, { width, height }: Size, now: number): Block {
  const isScored = rows.some((row) => row.loss !== null);
  /** What travels in fewer bytes than it has; of what has all of them the column would say nothing. */
  const smaller = (sent: (row: RoundRow) => number, size: (row: RoundRow) => number) =>
    rows.some((row) => sent(row) < size(row))
      ? [
          {
            title: "Smaller",
            align: "right" as const,
            cell: (row: RoundRow) => span(timesSmaller(sent(row), size(row))),
          },
        ]
      : [];
  const columns: readonly Column<RoundRow>[] = [
    {
      title: "Round",
      align: "right",
      cell: ({ number, attempt }) => span(attempt === 1 ? `${number}` : `${number} (${attempt})`),
    },
    { title: "Accuracy", align: "right", cell: (row) => span(percent(row.accuracy)) },
    {
      title: isScored ? "Loss" : "Training loss",
      align: "right",
      cell: (row) => span(loss(isScored ? row.loss : row.trainingLoss)),
    },
    {
      title: "Duration",
      align: "right",
      cell: (row) => span(durationOf(row, now), row.status === "abandoned" ? { color: "yellow" } : {}),
    },
    { title: "Updates", align: "right", cell: ({ updates, cohort }) => span(`${updates}/${cohort}`) },
    { title: "Up", align: "right", cell: ({ bytesUp }) => span(bytes(bytesUp)) },
    ...smaller(
      ({ sentBytes }) => sentBytes,
      ({ updateBytes }) => updateBytes,
    ),
    { title: "Down", align: "right", cell: ({ bytesDown }) => span(bytes(bytesDown)) },
    ...smaller(
      ({ sentModelBytes }) => sentModelBytes,
      ({ modelBytes }) => modelBytes,
    ),
    {
      title: "Refused",
      align: "right",
      cell: ({ refusals }) => span(refusals.length === 0 ? "" : count(refusals.length), { color: "red" }),
    },
  ];
  const newest = rows.slice(-height).reverse();
  const lines = newest.length === 0 ? [] : tableLines(columns, newest, width);
  return {
    rank: 4,
    apart: true,
    least: Math.min(2, lines.length),
    most: lines.length,
    draw: (most) => lines.slice(0, most),
  };
}

function durationOf({ status, totalMs, startedAt }: RoundRow, now: number): string {
  if (status === "abandoned") return status;
  return totalMs === null ? `${status} ${wholeSeconds(now - startedAt)}` : duration(totalMs);
}

function workersBlock({ federation }: JobState, width: number, now: number): Block {
  const { name, state, work, dataset, backend, lastError } = workerColumns(now);
  const workers = [...federation.workers].sort(byPresence);
  const lines =
    workers.length === 0 ? [] : tableLines([name, state, work, dataset, backend, lastError], workers, width);
  return {
    rank: 5,
    apart: true,
    least: Math.min(2, lines.length),
    most: lines.length,
    draw: (rows) => cutOff(lines, rows, width),
  };
}

/** The newest first. */
function refusalsBlock(rows: readonly RoundRow[], width: number): Block {
  const refused = rows
    .slice(-ROUNDS_LOOKED_THROUGH)
    .flatMap(({ number, refusals }) => refusals.map((refusal) => ({ number, ...refusal })));
  const lines = refused
    .slice(-REFUSALS_SHOWN)
    .reverse()
    .map(({ number, worker, code, message }) => [
      span(cut(`Refused in round ${number}: ${worker}, ${code}: ${message}`, width), { color: "red" }),
    ]);
  return {
    rank: 7,
    apart: true,
    least: Math.min(1, lines.length),
    most: lines.length,
    draw: (most) => lines.slice(0, most),
  };
}

function footer({ job, isAsking, said }: JobState, width: number): Line {
  if (isAsking) return [span(cut(`Cancel ${job.name} for good?  y yes  n no`, width), { color: "yellow", bold: true })];
  if (said !== undefined) return [span(cut(said, width), { color: "yellow" })];
  const steer = job.status === "paused" ? "r resume  c cancel" : "p pause  c cancel";
  return [span(cut(`q leave  ${steer}`, width), { dim: true })];
}
