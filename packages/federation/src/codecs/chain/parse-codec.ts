import { didYouMean, TributaryError } from "@tributary/protocol";
import { printable } from "../../printable.js";
import { type Codec, codecText, DEFLATE_LEVEL, type NumberFormat, type Reduction } from "./codec.js";

/** Characters of a chain at most. */
export const MAX_CODEC_LENGTH = 200;
/** The four places of a chain, in their order, each taken once at most. */
const PLACES = ["delta", "reduction", "format", "deflate"] as const;

type Stage =
  | { readonly place: "delta" }
  | { readonly place: "reduction"; readonly value: Reduction }
  | { readonly place: "format"; readonly value: NumberFormat }
  | { readonly place: "deflate"; readonly value: number };

/** Reads the argument of a stage; undefined: it has none. */
type Reader = (argument: string | undefined) => Stage;

/** A stage as somebody would write it, and what is made of it. */
interface StageDefinition {
  readonly example: string;
  readonly read: Reader;
}

const plain = (name: string, stage: Stage): StageDefinition => ({
  example: name,
  read: (argument) => {
    if (argument !== undefined) throw invalid(`${name} takes no setting, got (${shown(argument)})`);
    return stage;
  },
});

const fraction = (kind: "topk" | "randomk"): StageDefinition => ({
  example: `${kind}(0.01)`,
  read: (argument) => ({
    place: "reduction",
    value: {
      kind,
      fraction: numberIn(argument, {
        allowed: `${kind} takes the fraction that is kept, from 0.000001 to 1, as in ${kind}(0.01)`,
        fits: (value) => value >= 1e-6 && value <= 1,
      }),
    },
  }),
});

const whole = (argument: string | undefined, allowed: string, least: number, most: number): number =>
  numberIn(argument, { allowed, fits: (value) => Number.isInteger(value) && value >= least && value <= most });

/** Every stage: the list that a new one is added to. */
const definitions: Readonly<Record<string, StageDefinition>> = {
  delta: plain("delta", { place: "delta" }),
  topk: fraction("topk"),
  randomk: fraction("randomk"),
  powersgd: {
    example: "powersgd(2)",
    read: (argument) => ({
      place: "reduction",
      value: {
        kind: "powersgd",
        rank: whole(argument, "powersgd takes its rank, an integer from 1 to 64, as in powersgd(2)", 1, 64),
      },
    }),
  },
  float32: plain("float32", { place: "format", value: { kind: "float32" } }),
  float16: plain("float16", { place: "format", value: { kind: "float16" } }),
  bfloat16: plain("bfloat16", { place: "format", value: { kind: "bfloat16" } }),
  int8: {
    example: "int8",
    read: (argument) => {
      if (argument !== undefined && argument !== "tensor" && argument !== "channel")
        throw invalid(`int8 takes tensor or channel, got (${shown(argument)})`);
      return { place: "format", value: { kind: "int8", per: argument ?? "tensor" } };
    },
  },
  qsgd: {
    example: "qsgd(4)",
    read: (argument) => ({
      place: "format",
      value: {
        kind: "qsgd",
        bits: whole(argument, "qsgd takes the bits of a value, an integer from 2 to 8, as in qsgd(4)", 2, 8),
      },
    }),
  },
  sign: plain("sign", { place: "format", value: { kind: "sign" } }),
  deflate: {
    example: "deflate",
    read: (argument) => ({
      place: "deflate",
      value:
        argument === undefined
          ? DEFLATE_LEVEL
          : whole(argument, "deflate takes zlib's level, an integer from 1 to 9, as in deflate(6)", 1, 9),
    }),
  },
};

/** Names of the stages that a chain may have. */
export const codecStages: readonly string[] = Object.keys(definitions);

/** Each of these stages as somebody would write it, alone: "topk(0.01)". */
export const codecExamples: readonly { readonly stage: string; readonly example: string }[] = Object.entries(
  definitions,
).map(([stage, { example }]) => ({ stage, example }));

/** Whether who knows these stages can read what this chain makes. @throws TributaryError `invalid_job_spec` */
export const knowsCodec = (stages: readonly string[], chain: string): boolean =>
  codecText(parseCodec(chain))
    .split("|")
    .every((stage) => stages.includes(stage.replace(/\(.*/, "").trim()));

/**
 * Reads the text of a chain: `delta | topk(0.01) | int8`.
 *
 * @throws TributaryError `invalid_job_spec`: an unknown stage, with the nearest name; a setting that is not allowed; an order
 *   or a pair of stages that makes no sense, with the reason
 */
export function parseCodec(text: string): Codec {
  if (text.length > MAX_CODEC_LENGTH) throw invalid(`a codec has at most ${MAX_CODEC_LENGTH} characters`);
  let codec: Codec = { delta: false, reduction: { kind: "dense" }, format: { kind: "float32" }, deflate: undefined };
  const seen: { readonly place: Stage["place"]; readonly text: string }[] = [];
  for (const written of text.split("|").map((part) => part.trim())) {
    const stage = readStage(written);
    for (const before of seen) checkOrder(before, { place: stage.place, text: written });
    seen.push({ place: stage.place, text: written });
    codec = withStage(codec, stage);
  }
  checkPair(codec);
  return codec;
}

function withStage(codec: Codec, stage: Stage): Codec {
  switch (stage.place) {
    case "delta":
      return { ...codec, delta: true };
    case "reduction":
      return { ...codec, reduction: stage.value };
    case "format":
      return { ...codec, format: stage.value };
    case "deflate":
      return { ...codec, deflate: stage.value };
    default:
      return stage satisfies never;
  }
}

function readStage(text: string): Stage {
  if (text === "") throw invalid("a stage is empty; write a chain as delta | topk(0.01) | int8");
  const [, name = "", argument] = /^([\w-]+)\s*(?:\(\s*([^()]*?)\s*\))?$/.exec(text) ?? [];
  if (name === "") throw invalid(`"${shown(text)}" is no stage; write a name, or a name with a setting: topk(0.01)`);
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  if (definition === undefined) throw invalid(`there is no codec ${shown(name)}; ${hintFor(name)}`);
  return definition.read(argument);
}

const hintFor = (name: string): string =>
  name.toLowerCase() === "zstd" ? "not every supported Node.js has zstd: use deflate" : didYouMean(name, codecStages);

type Placed = { readonly place: Stage["place"]; readonly text: string };

function checkOrder(before: Placed, next: Placed): void {
  if (before.place === next.place) throw invalid(`${before.text} | ${next.text}: ${twice[next.place]}`);
  if (PLACES.indexOf(before.place) < PLACES.indexOf(next.place)) return;
  const reason =
    before.place === "deflate"
      ? "deflate comes last, for it turns bytes into fewer bytes"
      : next.place === "delta"
        ? "delta comes first, for it is taken of the parameters as they are"
        : `${next.text} works on numbers, and ${before.text} has made bytes of them`;
  throw invalid(`${before.text} | ${next.text}: ${reason}; write ${next.text} | ${before.text}`);
}

const twice: Readonly<Record<Stage["place"], string>> = {
  delta: "delta stands once",
  reduction: "both choose what of a tensor is sent; keep one of them",
  format: "both say how a number is written; keep one of them",
  deflate: "deflate stands once",
};

function checkPair({ reduction, format }: Codec): void {
  if (reduction.kind === "dense") return;
  if (format.kind === "int8" && format.per === "channel")
    throw invalid(`${reduction.kind} | int8(channel): what ${reduction.kind} sends has no channels; use int8`);
  if (reduction.kind === "powersgd" && format.kind === "sign")
    throw invalid("powersgd | sign: of a factor's signs no matrix can be made; use int8");
}

function numberIn(
  argument: string | undefined,
  { allowed, fits }: { readonly allowed: string; readonly fits: (value: number) => boolean },
): number {
  if (argument === undefined) throw invalid(allowed);
  const value = /^\d+(?:[.]\d+)?(?:e-?\d+)?$/.test(argument) ? Number(argument) : Number.NaN;
  if (!fits(value)) throw invalid(`${allowed}, got (${shown(argument)})`);
  return value;
}

const shown = (text: string): string => printable(text.slice(0, 40));

const invalid = (message: string) =>
  new TributaryError("invalid_job_spec", message, { hint: "docs/guides/codecs.md explains each codec." });
