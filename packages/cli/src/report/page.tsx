import { createHash } from "node:crypto";
import { timesSmaller } from "@tributary/federation";
import { renderToStaticMarkup } from "react-dom/server";
import { stringify } from "yaml";
import { bytes, count, duration, percent } from "../output/format.js";
import type { ChartSeries } from "./chart-series.js";
import { drawChart, seriesName } from "./draw-chart.js";
import { Facts, TableView } from "./parts.js";
import type { ReportData } from "./report-data.js";
import { style } from "./style.js";
import type { Cell, Table } from "./table.js";

/** What may be loaded or run: nothing but the page's own style. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Classes of a confusion matrix that is shown, at most. */
const MOST_CLASSES = 50;

/** A report and the SHA-256 of its data as JSON of RFC 8785. */
export interface Report {
  readonly digest: string;
  readonly data: ReportData;
}

/** A report as one HTML file. It needs nothing else and runs no script; every text in it is escaped by React. */
export const reportPage = (report: Report, charts: readonly ChartSeries[]): string =>
  `<!doctype html>\n${renderToStaticMarkup(<Page report={report} charts={charts} />)}\n`;

function Page({ report, charts }: { readonly report: Report; readonly charts: readonly ChartSeries[] }) {
  const { digest, data } = report;
  const { job, spec } = data;
  return (
    <html lang="en">
      <head>
        <meta httpEquiv="Content-Security-Policy" content={policy} />
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>{`${job.name}: report of job ${job.id}`}</title>
        <style>{style}</style>
      </head>
      <body>
        <main>
          <h1>{job.name}</h1>
          <Summary data={data} />
          <h2>Learning</h2>
          <div className="charts">
            {charts.map((chart) => (
              <Chart key={chart.title} chart={chart} />
            ))}
          </div>
          {charts.length === 0 && <p className="quiet">No round has ended.</p>}
          <h2>Rounds</h2>
          <TableView name="Rounds" table={data.rounds} />
          <h2>Workers</h2>
          <p className="quiet">Software and backend are what the coordinator knew when the report was made.</p>
          <TableView name="Workers" table={workerTable(data)} />
          <h2>Updates</h2>
          {data.updates === null ? (
            <p>
              {count(data.totals.updates)} updates are too many for a report. The API lists them with the rounds; the
              digest of that list is below.
            </p>
          ) : (
            <TableView name="Updates" table={data.updates} />
          )}
          <h2>Refusals</h2>
          <TableView name="Refusals" table={data.refusals} />
          <Confusion confusion={data.confusion} />
          <Scores scores={data.scores} />
          <h2>Model</h2>
          <Facts
            facts={[
              ["Parameters", count(job.parameters)],
              ["Digest of the network", <code key="digest">{data.network.digest}</code>],
            ]}
          />
          <Pre name="Network" text={data.network.summary} />
          <h3>Versions</h3>
          <p className="quiet">The digest is the SHA-256 of the encoded parameters. Round 0 is the initial model.</p>
          <TableView name="Model versions" table={data.versions} />
          <h2>JobSpec</h2>
          <h3>What differs from the defaults</h3>
          <TableView
            name="Differences from the defaults"
            table={{
              columns: ["setting", "here", "default"],
              rows: data.differencesFromDefaults.map(({ field, here, there }) => [field, here, there]),
            }}
          />
          <h3>All settings</h3>
          <Pre name="JobSpec" text={stringify(spec)} />
          <h2>Evidence</h2>
          <Evidence report={report} />
        </main>
        <script type="application/json" id="report">
          {JSON.stringify({ digest, data })}
        </script>
      </body>
    </html>
  );
}

function Summary({ data }: { readonly data: ReportData }) {
  const { job, spec, totals, software } = data;
  const { cohort, codec, stop, evaluation, personalisation } = spec;
  const has = (part: object) => Object.keys(part).length > 0;
  return (
    <Facts
      facts={[
        ["Job", <code key="id">{job.id}</code>],
        ["Status", job.reason === null ? job.status : `${job.status}: ${job.reason}`],
        ["Submitted", job.submittedAt],
        ["Started", job.startedAt ?? "–"],
        ["Ended", job.finishedAt ?? "–"],
        ["Wall time", totals.wallTimeMs === null ? "–" : duration(totals.wallTimeMs)],
        ["Rounds", `${count(totals.finished)} finished, ${count(totals.abandoned)} abandoned, ${spec.rounds} at most`],
        ["Updates", `${count(totals.updates)} accepted, ${count(totals.refusals)} refused`],
        ["Accuracy", percent(job.accuracy)],
        ["Bytes", `${bytes(totals.bytesDown)} to workers, ${bytes(totals.bytesUp)} from them`],
        ["Updates sent", sentText(totals.sentBytes, totals.updateBytes)],
        ["Models, to a worker each", sentText(totals.sentModelBytes, totals.modelBytes)],
        ["Data set", spec.dataset],
        ["Seed", String(spec.seed)],
        ["Strategy", spec.strategy.kind],
        ["Selection", JSON.stringify(cohort.selection ?? "uniform")],
        ...(has(codec) ? [["Codecs", JSON.stringify(codec)] as const] : []),
        ...(has(stop) ? [["Stops early", JSON.stringify(stop)] as const] : []),
        ...(evaluation.workers ? [["Workers’ scores", JSON.stringify(evaluation.workers)] as const] : []),
        ...(personalisation ? [["Personalisation", JSON.stringify(personalisation)] as const] : []),
        ["Final model", <code key="model">{job.model?.digest ?? "–"}</code>],
        ["Software", `Tributary ${software.coordinator} at the coordinator, protocol ${software.protocol}`],
        ["Report made", data.createdAt],
      ]}
    />
  );
}

const sentText = (sent: number, size: number): string =>
  `${bytes(sent)} of ${bytes(size)}, ${timesSmaller(sent, size)} smaller`;

const Chart = ({ chart }: { readonly chart: ChartSeries }) => (
  <figure>
    <figcaption>{chart.title}</figcaption>
    <ul className="legend">
      {chart.lines.map(({ label, isDashed }, index) => (
        <li key={label} className={`${seriesName(index)}${isDashed ? " dashed" : ""}`}>
          {label}
        </li>
      ))}
    </ul>
    {/* biome-ignore lint/security/noDangerouslySetInnerHtml: SVG that a DOM has escaped, of numbers only */}
    <div dangerouslySetInnerHTML={{ __html: drawChart(chart) }} />
  </figure>
);

const Pre = ({ name, text }: { readonly name: string; readonly text: string }) => (
  <details open={text.length < 10_000}>
    <summary>{name}</summary>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
    <pre tabIndex={0}>{text}</pre>
  </details>
);

const workerTable = ({ workers }: ReportData): Table => ({
  columns: ["worker", "role", "backend", "software", "rounds", "samples", "accepted", "refused", "bytes sent"],
  rows: workers.map(({ name, role, backend, software, rounds, samples, accepted, refused, sentBytes }) => [
    ...[name, role, backend, software, rounds, samples, accepted, refused, sentBytes],
  ]),
});

function Confusion({ confusion }: { readonly confusion: ReportData["confusion"] }) {
  if (confusion === null) return null;
  const { round, counts } = confusion;
  const classes = Math.round(Math.sqrt(counts.length));
  if (classes > MOST_CLASSES) return null;
  const labels = Array.from({ length: classes }, (_, label) => label);
  const rows = labels.map((label): Cell[] => [String(label), ...counts.slice(label * classes, (label + 1) * classes)]);
  return (
    <>
      <h2>Confusion matrix of round {round}</h2>
      <p className="quiet">A row for each label, a column for each prediction.</p>
      <TableView name="Confusion matrix" table={{ columns: ["label", ...labels.map(String)], rows }} />
    </>
  );
}

function Scores({ scores }: { readonly scores: ReportData["scores"] }) {
  if (scores === null) return null;
  const { round, validation, personalisation } = scores;
  return (
    <>
      <h2>What workers say of the model of round {round}</h2>
      {validation !== null && (
        <TableView
          name="Workers’ scores"
          table={{
            columns: ["worker", "held back", "loss", "accuracy"],
            rows: validation.workers.map(({ worker, samples, loss, accuracy }) => [worker, samples, loss, accuracy]),
          }}
        />
      )}
      {personalisation !== null && (
        <TableView
          name="The global model and workers’ own ones"
          table={{
            columns: ["worker", "held back", "accuracy of the global model", "of its own", "loss", "of its own "],
            rows: personalisation.workers.map(({ worker, samples, global, personal }) => [
              ...[worker, samples, global.accuracy, personal.accuracy, global.loss, personal.loss],
            ]),
          }}
        />
      )}
    </>
  );
}

function Evidence({ report: { digest, data } }: { readonly report: Report }) {
  const { isVerified, fault, head, linesOfJob } = data.audit;
  return (
    <>
      <Facts
        facts={[
          [
            "Audit log",
            isVerified ? (
              `verified: ${count(head.seq)} lines, none of them changed; ${count(linesOfJob)} are about this job`
            ) : (
              <span key="bad" className="bad">{`line ${fault?.line}: ${fault?.reason}`}</span>
            ),
          ],
          ["Its newest line", <code key="head">{`${head.seq}:${head.hash}`}</code>],
          ["Digest of the rounds", <code key="rounds">{data.roundsDigest}</code>],
          ["Digest of the data", <code key="data">{digest}</code>],
        ]}
      />
      <p className="quiet">
        The data of this report is in this file as JSON, in the element with the id “report”, as{" "}
        <code>tributary report --json</code> prints it. Digests are SHA-256 of the JSON that RFC 8785 gives: of{" "}
        <code>data</code> there, and of all rounds as the API lists them. <code>tributary audit verify --head</code>{" "}
        takes the newest line of the audit log.
      </p>
    </>
  );
}
