import type { JobView, ModelVersionView } from "@tributary/federation";
import { useEffect, useState } from "react";
import { useSignedIn } from "../../data/context.js";
import { bytes, clock, reasonOf } from "../../data/format.js";
import { linkTo } from "../../data/route.js";
import { saveFile } from "../../data/save.js";
import { Empty, Loading, Problem, Table } from "../../ui/states.js";

/** Rows at most: the newest, and what is older with the command line. */
const ROWS = 200;

/** The versions of the global model, each to be downloaded. */
export function Versions({ job }: { readonly job: JobView }) {
  const { client } = useSignedIn();
  const [versions, setVersions] = useState<readonly ModelVersionView[]>();
  const [problem, setProblem] = useState<string>();
  const [loading, setLoading] = useState<number>();
  const newest = job.model?.round;

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for again with each new version
  useEffect(() => {
    let isGone = false;
    client.models.list(job.id).then(
      (all) => isGone || setVersions([...all].sort((a, b) => b.round - a.round)),
      (error: unknown) => isGone || setProblem(reasonOf(error)),
    );
    return () => {
      isGone = true;
    };
  }, [client, job.id, newest]);

  const download = async (round: number) => {
    setLoading(round);
    setProblem(undefined);
    try {
      const model = await client.models.fetch(job.id, round);
      saveFile(`${job.id}-round-${round}.safetensors`, new Uint8Array(model), "application/octet-stream");
    } catch (error) {
      setProblem(reasonOf(error));
    }
    setLoading(undefined);
  };

  if (versions === undefined)
    return problem === undefined ? <Loading what="the versions" /> : <Problem>{problem}</Problem>;
  if (versions.length === 0) return <Empty title="No version yet">The first is there when the job starts.</Empty>;
  return (
    <>
      {problem !== undefined && <Problem>{problem}</Problem>}
      <p>
        <a href={linkTo.tryModel(job.id)}>Try the newest version here</a>, or download one; PyTorch opens the files.
      </p>
      <Table label="Versions">
        <thead>
          <tr>
            <th scope="col">Round</th>
            <th scope="col">Made</th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">safetensors</th>
            <th scope="col">SHA-256</th>
          </tr>
        </thead>
        <tbody>
          {versions.slice(0, ROWS).map(({ round, digest, size, createdAt }) => (
            <tr key={round}>
              <th scope="row">{round === 0 ? "0, the initial one" : round}</th>
              <td>{clock(createdAt)}</td>
              <td className="number">{bytes(size)}</td>
              <td>
                <button
                  type="button"
                  disabled={loading !== undefined}
                  onClick={() => download(round)}
                  aria-label={`Download round ${round}`}
                >
                  {loading === round ? "Loading …" : "Download"}
                </button>
              </td>
              <td className="digest">
                <code>{digest}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}
