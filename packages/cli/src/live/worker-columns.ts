import type { WorkerView, WorkProgress } from "@tributary/federation";
import { bytes, count, wholeSeconds } from "../output/format.js";
import { progressBar } from "./charts.js";
import { type Span, type Style, span } from "./line.js";
import type { Column } from "./table.js";

/** Columns of tables of workers, at a moment. */
export const workerColumns = (now: number) =>
  ({
    name: { title: "Worker", cell: ({ name }) => span(name, { bold: true }) },
    role: { title: "Role", cell: ({ role }) => span(role) },
    state: { title: "State", cell: (worker) => stateOf(worker, now) },
    work: { title: "Work", most: 48, cell: ({ progress }) => span(progress === null ? "" : workOf(progress)) },
    dataset: { title: "Data set", cell: ({ dataset }) => span(dataset) },
    samples: { title: "Samples", align: "right", cell: ({ samples }) => span(count(samples)) },
    backend: { title: "Backend", cell: ({ backend, threads }) => span(`${backend} × ${threads}`) },
    roundTrip: {
      title: "Round trip",
      align: "right",
      cell: ({ roundTripMs }) => span(roundTripMs === null ? "–" : `${roundTripMs.toFixed(1)} ms`),
    },
    lastError: {
      title: "Last error",
      least: 10,
      most: 120,
      cell: ({ lastError }) =>
        span(lastError === null ? "" : `${lastError.code}: ${lastError.message}`, { color: "red" }),
    },
  }) as const satisfies Record<string, Column<WorkerView>>;

function stateOf({ state, since }: WorkerView, now: number): Span {
  if (state !== "offline") return span(state, styles[state] ?? { color: "green" });
  return span(`offline for ${wholeSeconds(now - Date.parse(since))}`, { color: "red" });
}

const styles: Readonly<Partial<Record<WorkerView["state"], Style>>> = { idle: { dim: true } };

/** How far it is: "███░░░ 50 % train 12/24 loss 0.310". Bytes travel, batches are computed. */
function workOf({ phase, done, total, loss }: WorkProgress): string {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const travels = phase === "download" || phase === "upload";
  const amount = travels ? `${bytes(done)} of ${bytes(total)}` : `batch ${count(done)}/${count(total)}`;
  const last = loss === null ? "" : ` loss ${loss.toFixed(3)}`;
  return `${progressBar(part, 8)} ${`${Math.floor(part * 100)} %`.padStart(5)} ${phase} ${amount}${last}`;
}

/** Who is there before who is not, then by name: nobody moves while rounds come and go. */
export const byPresence = (one: WorkerView, other: WorkerView): number =>
  Number(other.connected) - Number(one.connected) || (one.name < other.name ? -1 : 1);
