import { decodeEach, encode, parseCodec } from "@tributary/federation";
import { initialise, namedModel, parameterCount } from "@tributary/nn";
import { type ParameterSet, stream } from "@tributary/protocol";
import { Command } from "commander";
import { median, report, rounded, say } from "./report.js";

interface Options {
  readonly model: string;
  readonly codec?: readonly string[];
  readonly passes: number;
  readonly keep?: string;
}

const STANDARD = [
  "float16",
  "bfloat16",
  "int8",
  "int8(channel)",
  "qsgd(4)",
  "sign",
  "topk(0.01)",
  "topk(0.01) | int8",
  "randomk(0.01)",
  "powersgd(2)",
  "delta | int8",
  "delta | topk(0.01) | int8",
  "delta | int8 | deflate(1)",
];

/** Passes that warm up. */
const WARM_UP = 5;
/** Deviation of the change of a round, of the order of SGD's. */
const CHANGE = 1e-3;

/** How small the codecs of updates are, how fast on one core, and how far off. */
export const codecs = (): Command =>
  new Command("codecs")
    .description("ratio to float32, megabytes of float32 encoded and decoded in a second, and the largest error")
    .option("--model <name>", "a named model", "mcmahan-cnn")
    .option("--codec <chains...>", "chains in place of the standard ones")
    .option("--passes <n>", "passes that count", Number, 9)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(run);

function run({ model, codec = STANDARD, passes, keep }: Options): void {
  const graph = namedModel(model);
  const elements = parameterCount(graph);
  const reference = initialise(graph, 1);
  const change = changeOf(reference);
  const trained = change.map(({ name, shape, values }, index) => ({
    name,
    shape,
    values: values.map((value, at) => value + (reference[index]?.values[at] ?? 0)),
  }));
  const bytes = 4 * elements;
  const results = codec.map((text) => {
    const chain = parseCodec(text);
    // Without delta a chain is given the change itself.
    const parameters = chain.delta ? trained : change;
    const context = { random: (...name: readonly (string | number)[]) => stream(1, "codec", ...name), reference };
    let encoded = encode(chain, parameters, context);
    const ratio = bytes / encoded.bytes.byteLength;
    const maxError = largestError(parameters, decodeEach(chain, encoded.bytes, graph.parameters, context));
    const speeds = { encode: [] as number[], decode: [] as number[] };
    for (let pass = 0; pass < WARM_UP + passes; pass++) {
      // As at a worker: what was lost comes back with the next update, and a warm start goes on.
      const began = performance.now();
      const { residual, warmStart } = encoded;
      encoded = encode(chain, parameters, { ...context, residual, warmStart });
      const between = performance.now();
      for (const _ of decodeEach(chain, encoded.bytes, graph.parameters, context));
      const ended = performance.now();
      if (pass < WARM_UP) continue;
      speeds.encode.push(bytes / 1e3 / (between - began));
      speeds.decode.push(bytes / 1e3 / (ended - between));
    }
    const result = {
      codec: text,
      ratio: rounded(ratio, 2),
      bytes: encoded.bytes.byteLength,
      encodeMBps: Math.round(median(speeds.encode)),
      decodeMBps: Math.round(median(speeds.decode)),
      maxError: Number(maxError.toPrecision(3)),
    };
    say(`${text}: ${result.ratio}x, ${result.encodeMBps} MB/s, back ${result.decodeMBps} MB/s`);
    return result;
  });
  report({ bench: "codecs", model, elements, codecs: results }, keep);
}

/** A change as of a round of training: normal numbers. */
const changeOf = (parameters: ParameterSet): ParameterSet =>
  parameters.map(({ name, shape, values }) => {
    const random = stream(2, "change", name);
    return { name, shape, values: values.map(() => random.normal() * CHANGE) };
  });

function largestError(parameters: ParameterSet, decoded: Iterable<ParameterSet[number]>): number {
  let most = 0;
  let index = 0;
  for (const { values } of decoded) {
    const wanted = parameters[index++]?.values ?? new Float32Array();
    for (let at = 0; at < values.length; at++)
      most = Math.max(most, Math.abs((values[at] ?? Number.NaN) - (wanted[at] ?? Number.NaN)));
  }
  return most;
}
