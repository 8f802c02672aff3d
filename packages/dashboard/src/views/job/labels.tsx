import type { JobView, WorkerView } from "@tributary/federation";
import { useSignedIn } from "../../data/context.js";
import { count, percent } from "../../data/format.js";
import { Pages } from "../../ui/pages.js";
import { Empty, Loading, Table } from "../../ui/states.js";

/** Classes that have a column each, at most: of more, a row names the largest. */
const MOST_COLUMNS = 20;
/** Classes that a row names. */
const NAMED = 5;

interface Row {
  readonly name: string;
  readonly samples: number;
  readonly labels: readonly number[];
}

/** How many samples of each class the workers hold, those that share it. */
export function Labels({ job }: { readonly job: JobView }) {
  const { workers } = useSignedIn().federation;
  if (workers === undefined) return <Loading what="the workers" />;
  const able = workers.filter(({ connected, dataset }) => connected && dataset === job.spec.dataset);
  const rows = able.flatMap(rowOf);
  if (rows.length === 0)
    return (
      <Empty title="No worker shares its labels">
        <p>
          How many samples of each class a worker holds is its own affair. It tells when it is started with{" "}
          <code>--share-labels</code>.
        </p>
      </Empty>
    );
  const classes = Math.max(...rows.map(({ labels }) => labels.length));
  const highest = Math.max(...rows.flatMap(({ labels, samples }) => labels.map((value) => value / samples)));
  return (
    <section className="card">
      <h2>Labels of the shards</h2>
      <p className="quiet">
        {rows.length} of {able.length} connected workers with {job.spec.dataset} share how many samples of each class
        they hold. The higher a bar, the larger the class’s part of the shard.
      </p>
      <Pages rows={rows} what="workers">
        {(shown) => (
          <Table label="Samples of each class by worker">
            <thead>
              <tr>
                <th scope="col">Worker</th>
                <th scope="col" className="number">
                  Samples
                </th>
                {classes > MOST_COLUMNS ? (
                  <>
                    <th scope="col" className="number">
                      Classes
                    </th>
                    <th scope="col">Most samples are of</th>
                  </>
                ) : (
                  Array.from({ length: classes }, (_, label) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a class is its index
                    <th key={label} scope="col" className="number">
                      {label}
                    </th>
                  ))
                )}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <LabelRow key={row.name} row={row} highest={highest} isNarrow={classes > MOST_COLUMNS} />
              ))}
            </tbody>
          </Table>
        )}
      </Pages>
    </section>
  );
}

const rowOf = ({ name, samples, labels }: WorkerView): Row[] => (labels === null ? [] : [{ name, samples, labels }]);

interface LabelRowProps {
  readonly row: Row;
  /** The part of a shard that a bar of full height stands for. */
  readonly highest: number;
  readonly isNarrow: boolean;
}

function LabelRow({ row: { name, samples, labels }, highest, isNarrow }: LabelRowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{count(samples)}</td>
      {isNarrow ? (
        <>
          <td className="number">
            {labels.filter((each) => each > 0).length} of {labels.length}
          </td>
          <td>
            {largest(labels)
              .map(([label, value]) => `${label}: ${count(value)} (${percent(value / samples, 0)})`)
              .join(", ")}
          </td>
        </>
      ) : (
        labels.map((value, label) => (
          <td
            // biome-ignore lint/suspicious/noArrayIndexKey: a class is its index
            key={label}
            className="number part"
            style={{ backgroundSize: `0.7rem ${Math.round((100 * value) / samples / highest)}%` }}
          >
            {count(value)}
          </td>
        ))
      )}
    </tr>
  );
}

/** The classes of most samples, and how many each has. */
const largest = (labels: readonly number[]): [number, number][] =>
  labels
    .map((value, label): [number, number] => [label, value])
    .filter(([, value]) => value > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, NAMED);
