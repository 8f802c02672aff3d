import { type WorkerState, type WorkerView, workerStateSchema } from "@tributary/federation";
import { useState } from "react";
import { useSignedIn } from "../data/context.js";
import { bytes, clock, count, percent, small } from "../data/format.js";
import { linkTo } from "../data/route.js";
import { Pages } from "../ui/pages.js";
import { Badge, Empty, Loading, Meter, Table } from "../ui/states.js";

/** The workers, as they are now. */
export function FederationView() {
  const { workers, jobs } = useSignedIn().federation;
  if (workers === undefined) return <Loading what="the workers" />;
  const connected = workers.filter((worker) => worker.connected);
  const running = jobs?.find(({ status }) => status === "running");
  return (
    <>
      <h1>Federation</h1>
      <dl className="facts">
        <Fact name="Workers connected">{`${connected.length} of ${workers.length}`}</Fact>
        <Fact name="Working now">{count(connected.filter(({ state }) => state !== "idle").length)}</Fact>
        <Fact name="Samples within reach">
          {count(connected.reduce((sum, { role, samples }) => sum + (role === "train" ? samples : 0), 0))}
        </Fact>
        <Fact name="Running job">{running ? <a href={linkTo.job(running.id)}>{running.name}</a> : "none"}</Fact>
      </dl>
      {workers.length === 0 ? (
        <Empty title="No worker has joined yet">
          <p>
            Start one beside its data: <code>tributary worker --coordinator {location.origin} --data FOLDER</code>
          </p>
        </Empty>
      ) : (
        <Workers workers={workers} />
      )}
    </>
  );
}

/** The table of those that are looked for. */
function Workers({ workers }: { readonly workers: readonly WorkerView[] }) {
  const [part, setPart] = useState("");
  const [state, setState] = useState<WorkerState | "">("");
  const counts = new Map<WorkerState, number>();
  for (const worker of workers) counts.set(worker.state, (counts.get(worker.state) ?? 0) + 1);
  const wanted = workers.filter(
    (worker) => isCalled(worker, part.toLowerCase()) && (state === "" || worker.state === state),
  );
  return (
    <>
      <div className="filters">
        <label className="field">
          <span>Name or tag</span>
          <input value={part} placeholder="part of it" onChange={({ target }) => setPart(target.value)} />
        </label>
        <label className="field">
          <span>State</span>
          <select value={state} onChange={({ target }) => setState(isState(target.value) ? target.value : "")}>
            <option value="">all</option>
            {workerStateSchema.options
              .filter((each) => counts.has(each) || each === state)
              .map((each) => (
                <option key={each} value={each}>
                  {each} ({count(counts.get(each) ?? 0)})
                </option>
              ))}
          </select>
        </label>
      </div>
      {wanted.length === 0 && <Empty title="No worker is like that" />}
      {wanted.length > 0 && (
        <Pages rows={wanted} what="workers">
          {(shown) => (
            <Table label="Workers">
              <thead>
                <tr>
                  <th scope="col">Worker</th>
                  <th scope="col">State</th>
                  <th scope="col">Progress</th>
                  <th scope="col">Data set</th>
                  <th scope="col" className="number">
                    Samples
                  </th>
                  <th scope="col">Tags</th>
                  <th scope="col" className="number">
                    Memory
                  </th>
                  <th scope="col">Backend</th>
                  <th scope="col">Version</th>
                  <th scope="col" className="number">
                    Round trip
                  </th>
                  <th scope="col">Last seen</th>
                  <th scope="col">Last error</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((worker) => (
                  <WorkerRow key={worker.name} worker={worker} />
                ))}
              </tbody>
            </Table>
          )}
        </Pages>
      )}
    </>
  );
}

const isCalled = ({ name, tags }: WorkerView, part: string): boolean =>
  [name, ...(tags ?? [])].some((text) => text.toLowerCase().includes(part));

const isState = (text: string): text is WorkerState => workerStateSchema.safeParse(text).success;

function WorkerRow({ worker }: { readonly worker: WorkerView }) {
  const { name, role, dataset, samples, backend, threads, software, lastSeenAt, connected } = worker;
  const { roundTripMs, lastError, tags, memory } = worker;
  return (
    <tr>
      <th scope="row">
        {name} {role === "evaluate" && <span className="quiet">evaluator</span>}
      </th>
      <td>
        <State worker={worker} />
      </td>
      <td>
        <Progress worker={worker} />
      </td>
      <td>{dataset}</td>
      <td className="number">{count(samples)}</td>
      <td>
        <Tags tags={tags} />
      </td>
      <td className="number">{memory === null ? "–" : bytes(memory)}</td>
      <td>
        {backend}
        <span className="quiet"> · {threads === 1 ? "1 thread" : `${threads} threads`}</span>
      </td>
      <td>{software}</td>
      <td className="number">
        {connected && roundTripMs !== null ? `${Math.max(1, Math.round(roundTripMs))} ms` : "–"}
      </td>
      <td>{connected ? "now" : <time dateTime={lastSeenAt}>{clock(lastSeenAt)}</time>}</td>
      <td>
        {lastError === null ? (
          <span className="quiet">none</span>
        ) : (
          <div className="detail">
            {lastError.message} <span className="quiet">{clock(lastError.at)}</span>
          </div>
        )}
      </td>
    </tr>
  );
}

/** What a worker's owner calls it: known while it is connected. */
function Tags({ tags }: Pick<WorkerView, "tags">) {
  if (tags === null) return "–";
  if (tags.length === 0) return <span className="quiet">none</span>;
  return (
    <ul className="tags">
      {tags.map((tag) => (
        <li key={tag}>{tag}</li>
      ))}
    </ul>
  );
}

function State({ worker: { state, lastSeenAt } }: { readonly worker: WorkerView }) {
  return <Badge kind={state}>{state === "offline" ? `offline since ${clock(lastSeenAt)}` : state}</Badge>;
}

function Progress({ worker: { name, state, progress } }: { readonly worker: WorkerView }) {
  if (progress === null || state === "offline") return <span className="quiet">–</span>;
  const { phase, done, total, round, loss } = progress;
  const fraction = total > 0 ? done / total : 0;
  const isBatches = phase === "train" || phase === "evaluate";
  return (
    <div className="progress">
      <Meter value={fraction} label={`${name}: ${phase}`} />
      <span className="quiet">
        round {round} · {isBatches ? `batch ${done} of ${total}` : percent(fraction, 0)}
        {loss !== null && ` · loss ${small(loss)}`}
      </span>
    </div>
  );
}

export const Fact = ({ name, children }: { readonly name: string; readonly children: React.ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
