import { type RandomStream, TributaryError } from "@tributary/protocol";
import { z } from "zod";
import type { Dataset, Normalisation } from "../dataset.js";
import { normalise } from "./normalise.js";
import { pad } from "./pad.js";
import { randomCrop } from "./random-crop.js";
import { randomFlip } from "./random-flip.js";
import { resize } from "./resize.js";
import type { Step } from "./step.js";
import { type FullTransform, type Transform, transformSchema } from "./transform.js";

/** A list of transforms made ready for the samples of one data set. */
export interface Pipeline {
  /** Of a sample at its end. */
  readonly shape: readonly number[];
  /** Whether any of it draws from the stream. */
  readonly random: boolean;
  /** Whether batches get `targets`. */
  readonly oneHot: boolean;
  /** Takes one sample through all steps. */
  run(sample: Float64Array, random: RandomStream): Float64Array;
}

/** No step may make more values of one sample. */
const MAX_VALUES = 2 ** 24;

const listSchema = z.array(transformSchema).max(32);

/**
 * Composes transforms, first to last; where none of them normalises, the data set's own normalisation is the last step.
 * @throws TributaryError `invalid_request` naming the transform that is unknown, or does not fit the samples that come to it
 */
export function pipeline(
  { shape, normalisation }: Pick<Dataset, "shape" | "normalisation">,
  transforms: readonly Transform[],
): Pipeline {
  const list = parse(transforms);
  const steps: Step[] = [];
  const isLast = list.some(({ kind }) => kind === "normalise") ? [] : [{ kind: "normalise" } as const];
  let reached = shape;
  for (const transform of [...list, ...isLast]) {
    const step = stepOf(transform, reached, normalisation);
    if (step === undefined) continue;
    if (step.shape.reduce((product, length) => product * length, 1) > MAX_VALUES)
      throw new TributaryError("invalid_request", `${transform.kind} would make samples of [${step.shape}]`, {
        hint: `A sample may have ${MAX_VALUES} values.`,
      });
    steps.push(step);
    reached = step.shape;
  }
  return {
    shape: reached,
    random: steps.some(({ random }) => random),
    oneHot: list.some(({ kind }) => kind === "one-hot"),
    run: (sample, random) => steps.reduce((values, step) => step.run(values, random), sample),
  };
}

function parse(transforms: readonly Transform[]): FullTransform[] {
  const parsed = listSchema.safeParse(transforms);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TributaryError("invalid_request", `transforms: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: "docs/guides/data.md lists the transforms and their settings.",
  });
}

/** Undefined for what is done to a batch, not to a sample. */
function stepOf(transform: FullTransform, shape: readonly number[], own: Normalisation): Step | undefined {
  switch (transform.kind) {
    case "normalise":
      return normalise(transform, shape, own);
    case "pad":
      return pad(transform, shape);
    case "random-crop":
      return randomCrop(transform, shape);
    case "random-flip":
      return randomFlip(transform, shape);
    case "resize":
      return resize(transform, shape);
    case "one-hot":
      return undefined;
    default:
      return transform satisfies never;
  }
}
