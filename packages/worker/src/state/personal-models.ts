import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodeGraph, encodeGraph, type Graph } from "@tributary/nn";
import { decodeParameters, digestOf, hex, type ParameterSet, TributaryError, v1 } from "@tributary/protocol";
import { z } from "zod";
import { StateFile } from "./state-file.js";

/** Models that stay; older ones go. */
const MODELS = 20;

const headSchema = z.object({
  job: z.string(),
  round: z.int().min(0),
  worker: z.string(),
  /** Bytes of the graph, which stands before the parameters. */
  graphSize: z.int().min(0),
  /** SHA-256 of the encoded parameter set, hexadecimal. */
  digest: z.string(),
});

/** Whose model it is, and what it was made of. */
export interface PersonalModelName {
  readonly job: string;
  /** Of the global model that it was made of. */
  readonly round: number;
  readonly worker: string;
  readonly graph: Graph;
}

/** A worker's own model, read from its state folder. */
export interface KeptPersonalModel extends PersonalModelName {
  readonly digest: string;
  readonly parameters: ParameterSet;
}

/** The worker's own models, one for each job that ended with them. They never leave the state folder by themselves. */
export class PersonalModels {
  constructor(private readonly folder: string) {}

  /** @throws TributaryError `disk_full`, when it can't be kept: a model that is lost at once need not be told of */
  async keep({ job, round, worker, graph }: PersonalModelName, model: Uint8Array): Promise<void> {
    const network = v1.Graph.encode(encodeGraph(graph)).finish();
    const head = { job, round, worker, graphSize: network.byteLength, digest: hex(digestOf(model)) };
    try {
      await mkdir(this.folder, { recursive: true });
      await new StateFile(this.#pathOf(job)).write([Buffer.from(`${JSON.stringify(head)}\n`), network, model]);
      await this.#forgetOld();
    } catch (cause) {
      throw new TributaryError("disk_full", "the worker's own model can't be kept", { cause });
    }
  }

  /** @throws TributaryError `not_found`, `file_invalid` */
  async read(job: string): Promise<KeptPersonalModel> {
    const kept = await new StateFile(this.#pathOf(job)).read();
    if (kept === undefined)
      throw new TributaryError("not_found", `no model of job ${job} is kept here`, {
        hint: "Give the state folder of the worker, and a job with `personalisation` that it took part in.",
      });
    try {
      const end = kept.indexOf("\n");
      const { graphSize, digest, ...head } = headSchema.parse(JSON.parse(kept.subarray(0, end).toString()));
      const model = kept.subarray(end + 1 + graphSize);
      if (hex(digestOf(model)) !== digest) throw new Error("its digest is another");
      const graph = decodeGraph(v1.Graph.decode(kept.subarray(end + 1, end + 1 + graphSize)));
      return { ...head, graph, digest, parameters: decodeParameters(model) };
    } catch (cause) {
      throw new TributaryError("file_invalid", `the kept model of job ${job} is damaged`, { cause });
    }
  }

  async #forgetOld(): Promise<void> {
    const models = await Promise.all(
      (await readdir(this.folder)).map(async (name) => ({ name, at: (await stat(join(this.folder, name))).mtimeMs })),
    );
    const old = models.sort((a, b) => b.at - a.at).slice(MODELS);
    for (const { name } of old) await rm(join(this.folder, name), { force: true });
  }

  /** An id that is no file's name stays in the folder all the same. */
  #pathOf(job: string): string {
    return join(this.folder, hex(digestOf(Buffer.from(job))).slice(0, 32));
  }
}
