import { Command } from "commander";
import { type ClassScore, classify, imageSizeOf } from "../images/classify.js";
import { normalisationFor, normalise } from "../images/normalise.js";
import { readImage } from "../images/read-image.js";
import { namedModelArgument } from "../models/named-model-argument.js";
import { readGraph } from "../models/read-graph.js";
import { type WeightsFlags, weightsFrom, withWeights } from "../models/weights.js";
import { numbers, wholeNumber } from "../options.js";
import { percent } from "../output/format.js";
import { printJson, printTable } from "../output/print.js";

type Options = WeightsFlags & {
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
  readonly top: number;
  readonly json?: boolean;
};

/** `tributary model predict`: the classes of images. */
export const modelPredict = (): Command =>
  withWeights(
    new Command("predict")
      .description("tell the classes of images: PNG, JPEG or WebP")
      .addArgument(namedModelArgument("a named model, or a traced graph's JSON; it takes images and gives classes"))
      .argument("<image...>", "files, stretched to the size that the model takes"),
  )
    .option(
      "--mean <numbers>",
      "taken from each channel's values, 0 to 1; default MNIST's for 28×28 grey, else 0",
      numbers,
    )
    .option("--deviation <numbers>", "then each channel is divided by it; default MNIST's, else 1", numbers)
    .option("--top <n>", "how many classes to print", wholeNumber(1, 1_000), 3)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tributary model predict lenet5 --weights model.safetensors seven.png four.jpg")
    .action(run);

async function run(model: string, paths: readonly string[], { top, json, ...options }: Options): Promise<void> {
  const graph = await readGraph(model);
  const size = imageSizeOf(graph);
  const normalisation = normalisationFor(size, options);
  const { parameters } = await weightsFrom(graph, options);
  async function* images() {
    for (const path of paths) yield normalise(await readImage(path, size), normalisation);
  }
  const scores = await classify(graph, parameters, images());
  report(
    paths,
    scores.map((all) => all.slice(0, top)),
    json,
  );
}

function report(paths: readonly string[], scores: readonly (readonly ClassScore[])[], json: boolean | undefined): void {
  const results = paths.map((image, index) => ({ image, classes: scores[index] ?? [] }));
  if (json) {
    printJson(results.map(({ image, classes }) => ({ image, class: classes[0]?.class, classes })));
    return;
  }
  printTable(
    ["image", "class", "probabilities"],
    results.map(({ image, classes }) => [
      image,
      String(classes[0]?.class),
      classes.map(({ class: index, probability }) => `${index}: ${percent(probability)}`).join("  "),
    ]),
  );
}
