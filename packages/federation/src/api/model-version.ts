import { z } from "zod";
import { nextSchema } from "./page.js";

/** A version of a job's global model. It is downloaded at `/v1/jobs/:id/models/:round`. */
export const modelVersionViewSchema = z
  .object({
    round: z.int().min(0).describe("0 is the initial model"),
    digest: z.string().describe("SHA-256 of the encoded parameter set, hexadecimal"),
    size: z.int().min(0).describe("Bytes of the encoded parameter set"),
    sentBytes: z
      .int()
      .min(0)
      .describe("Bytes that it travels as, to who knows `codec.model`: fewer than `size` where the job has that"),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "ModelVersion" });

export const modelListSchema = z
  .object({ models: z.array(modelVersionViewSchema), next: nextSchema })
  .meta({ id: "ModelList" });

export type ModelVersionView = z.output<typeof modelVersionViewSchema>;
export type ModelList = z.output<typeof modelListSchema>;
