import { Readable } from "node:stream";
import { modelListSchema, resolveModel } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { z } from "zod";
import { onnxFile, parameterSetFile, safetensorsFile } from "../../models/model-file.js";
import { modelView } from "../../store/views.js";
import { pageOf, placeIn } from "../cursor.js";
import { existingJob } from "./jobs.js";
import { type Api, type ApiContext, jobParams, notModified, orderSchema, paging, problems } from "./route.js";

/** The media type of a model as it travels between coordinator and workers. */
const PROTOBUF = "application/x-protobuf";

export function modelRoutes(api: Api, { store, blobs }: ApiContext): void {
  api.get(
    "/v1/jobs/:id/rounds/:round/updates/:worker",
    {
      schema: {
        tags: ["models"],
        summary:
          "An accepted update as a safetensors file: while its round lasts, or where updates are kept for audits",
        description: "The ETag is the digest that the round and the audit log name.",
        params: jobParams.extend({
          round: z.coerce.number().int().min(1).max(1_000_000),
          worker: z.string().min(1).max(64).describe("Its name"),
        }),
        produces: ["application/octet-stream"],
        response: {
          200: z.instanceof(Readable).meta({ type: "string", format: "binary" }),
          ...notModified,
          ...problems,
        },
      },
    },
    async ({ params }, reply) => {
      const { id, round, worker } = params;
      const job = await existingJob(store, id);
      const accepted = (await store.rounds.metrics(id, [round])).filter(
        ({ outcome, ...metric }) => metric.worker === worker && outcome.kind === "update",
      );
      const digest = accepted.flatMap(({ outcome }) => (outcome.kind === "update" ? [outcome.digest] : [])).at(-1);
      if (digest === undefined || !(await blobs.has(digest)))
        throw new TributaryError("not_found", `no update of ${worker} in round ${round} is kept`, {
          hint: "Start the coordinator with --keep-updates to keep them.",
        });
      const facts = { job: id, round: String(round), worker, digest };
      const file = safetensorsFile(blobs, digest, resolveModel(job.spec), facts);
      reply.header("etag", `"${digest}"`).header("content-length", file.size);
      return reply.type("application/octet-stream").send(Readable.from(file.bytes));
    },
  );

  api.get(
    "/v1/jobs/:id/models",
    {
      schema: {
        tags: ["models"],
        summary: "The versions of a job's global model, from the initial one on, or the newest first",
        params: jobParams,
        querystring: z.object({ ...paging(1_000), order: orderSchema }),
        response: { 200: modelListSchema, ...notModified, ...problems },
      },
    },
    async ({ params, query: { limit, cursor, order } }) => {
      const { id } = await existingJob(store, params.id);
      const beyond = placeIn("models", z.tuple([z.int32()]), cursor)?.[0];
      const found = await store.models.beyond(id, beyond, order, limit + 1);
      const { rows, next } = pageOf("models", found, limit, ({ round }) => [round]);
      return { models: rows.map(modelView), next };
    },
  );

  api.get(
    "/v1/jobs/:id/models/:version",
    {
      schema: {
        tags: ["models"],
        summary:
          "A version of the global model as a safetensors or ONNX file; with `Accept: application/x-protobuf`, as it travels",
        description:
          "The ETag is the version's SHA-256 digest: the SHA-256 of its application/x-protobuf form; of an ONNX file it ends in " +
          "`.onnx`.",
        params: jobParams.extend({
          version: z
            .string()
            .regex(
              /^(latest|\d{1,7})(\.safetensors|\.onnx)?$/,
              'a round or "latest", ".safetensors" or ".onnx" may follow',
            )
            .describe("A round, or `latest`; `.safetensors` or `.onnx` may follow"),
        }),
        produces: ["application/octet-stream", PROTOBUF],
        response: {
          200: z.instanceof(Readable).meta({ type: "string", format: "binary" }),
          ...notModified,
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const { id, version } = request.params;
      const job = await existingJob(store, id);
      const [round = "", ending] = version.split(".");
      const model =
        round === "latest"
          ? (await store.models.latest([id])).get(id)
          : (await store.models.of(id, [Number(round)]))[0];
      if (model === undefined) throw new TributaryError("not_found", `job ${id} has no model of round ${round}`);
      const format = ending ?? (request.headers.accept === PROTOBUF ? "parameters" : "safetensors");
      const { digest } = model;
      const origin = { job: id, round: String(model.round) };
      const file =
        format === "onnx"
          ? await onnxFile(blobs, model, resolveModel(job.spec), origin)
          : format === "safetensors"
            ? safetensorsFile(blobs, digest, resolveModel(job.spec), { ...origin, digest })
            : parameterSetFile(blobs, model);
      reply.header("etag", `"${digest}${format === "onnx" ? ".onnx" : ""}"`).header("vary", "accept");
      reply.type(format === "parameters" ? PROTOBUF : "application/octet-stream").header("content-length", file.size);
      if (format !== "parameters")
        reply.header("content-disposition", `attachment; filename="${id}-round-${model.round}.${format}"`);
      return reply.send(Readable.from(file.bytes));
    },
  );
}
