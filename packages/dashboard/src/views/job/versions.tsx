import type { ModelFormat } from "@tributary/client";
import type { JobView, ModelVersionView } from "@tributary/federation";
import { useEffect, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { bytes, clock, reasonOf } from "../../data/format.js";
import { linkTo } from "../../data/route.js";
import { saveFile } from "../../data/save.js";
import { Empty, Loading, Problem, Table } from "../../ui/states.js";

/** Versions that are read at once. */
const PAGE = 50;
const formats = ["safetensors", "onnx", "tfjs"] as const satisfies readonly (ModelFormat | "tfjs")[];
type Format = (typeof formats)[number];
/** What the file's name ends in. */
const endings: Readonly<Record<Format, string>> = { safetensors: "safetensors", onnx: "onnx", tfjs: "zip" };

/** The versions of the global model, each to be downloaded. */
export function Versions({ job }: { readonly job: JobView }) {
  const { client } = useSignedIn();
  const [versions, setVersions] = useState<readonly ModelVersionView[]>();
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string>();
  const [loading, setLoading] = useState<string>();
  const newest = job.model?.round;

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for again with each new version
  useEffect(() => {
    let isGone = false;
    client.models.newest(job.id, { limit: PAGE }).then(
      (page) => {
        if (isGone) return;
        const oldest = page.models.at(-1)?.round ?? 0;
        setVersions((before = []) => [...page.models, ...before.filter(({ round }) => round < oldest)]);
        setNext((before) => before ?? page.next);
      },
      (error: unknown) => isGone || setProblem(reasonOf(error)),
    );
    return () => {
      isGone = true;
    };
  }, [client, job.id, newest]);

  const attempt = async (what: string, work: () => Promise<void>) => {
    setLoading(what);
    setProblem(undefined);
    await work().catch((error: unknown) => setProblem(reasonOf(error)));
    setLoading(undefined);
  };
  const fetchAs = async (round: number, format: Format) => {
    if (format !== "tfjs") return client.models.fetch(job.id, round, format);
    const { tfjsFile } = await import("./tfjs-file.js");
    return tfjsFile(client, job, round);
  };
  const download = (round: number, format: Format) =>
    attempt(`${round}.${format}`, async () => {
      const name = `${job.id}-round-${round}.${endings[format]}`;
      saveFile(name, await fetchAs(round, format), "application/octet-stream");
    });
  const readOlder = (cursor: string) =>
    attempt("older", async () => {
      const page = await client.models.newest(job.id, { limit: PAGE, cursor });
      setVersions((before = []) => [...before, ...page.models]);
      setNext(page.next);
    });

  if (versions === undefined)
    return problem === undefined ? <Loading what="the versions" /> : <Problem>{problem}</Problem>;
  if (versions.length === 0) return <Empty title="No version yet">The first is there when the job starts.</Empty>;
  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <p>
        <a href={linkTo.tryModel(job.id)}>Try the newest version here</a>, or download one: PyTorch opens safetensors,
        ONNX runs about everywhere, and tfjs is a zip whose <code>model.json</code> TensorFlow.js loads.
      </p>
      <Table label="Versions">
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">Download</th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ round, digest, size, createdAt }) => (
            <tr key={round}>
              <th scope="row" className="version">
                {round === 0 ? "0, the initial one" : round}
                <div className="quiet">
                  {bytes(size)} · <time dateTime={createdAt}>{clock(createdAt)}</time>
                </div>
              </th>
              <td>
                <div className="row">
                  {formats.map((format) => (
                    <button
                      key={format}
                      type="button"
                      disabled={loading !== undefined}
                      onClick={() => download(round, format)}
                      aria-label={`Download round ${round} as ${format}`}
                    >
                      {loading === `${round}.${format}` ? "Loading …" : format}
                    </button>
                  ))}
                </div>
              </td>
              <td className="digest">
                <code>{digest}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {next !== null && (
        <button type="button" disabled={loading !== undefined} onClick={() => readOlder(next)}>
          {loading === "older" ? "Loading …" : "Show older versions"}
        </button>
      )}
    </>
  );
}
