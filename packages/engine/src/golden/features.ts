import { catalogue } from "@tributary/nn";
import { type BackendName, backendNames } from "../backend/backend.js";
import { lossNames } from "../losses/loss.js";
import { optimizerNames } from "../optimizers/optimizer.js";
import { scheduleNames } from "../schedules/schedule.js";
import { goldenRules } from "../testing/golden.js";
import { golden, settingsOf } from "./cases.js";
import { type Distance, farther, noDistance } from "./compare.js";
import { hasStep, type Prepared } from "./run.js";

/** What the tests found for one case on one backend. */
export interface Result {
  readonly evaluation: Distance;
  /** Absent for a case that is only evaluated. */
  readonly training?: Distance;
  /** Whether `train` replays its step as a whole; absent where it never does. */
  readonly recorded?: boolean;
}

/** By the case's name. */
export type Results = Readonly<Record<BackendName, ReadonlyMap<string, Result>>>;

/** What the numbers of a row leave out. */
const notes: Readonly<Record<string, string>> = {
  dropout: "compared with p = 0 and while evaluating; its masks are Tributary's own",
  dropout2d: "compared with p = 0 and while evaluating; its masks are Tributary's own",
};

/** docs/features.md: what was compared with PyTorch, and how near it came. */
export const featuresPage = (prepared: readonly Prepared[], results: Results): string => {
  const layers = prepared.filter(({ about }) => about.loss === undefined);
  const rules = prepared.filter(({ about }) => about.loss !== undefined && !about.whole);
  const compared = backendNames.flatMap((name) => [`${name} forward`, `${name} training`]);
  const of = (chosen: readonly Prepared[]) => [
    String(chosen.length),
    ...backendNames.flatMap((name) => [nearness(chosen, results[name], "evaluation"), trained(chosen, results[name])]),
    recording(chosen, results.native),
  ];
  const head = ["cases", ...compared, "recorded on native"];
  return [
    "# What runs where, and how near to PyTorch",
    `Written by the golden tests from what they ran; \`npm run features -w @tributary/engine\` writes it anew. PyTorch ${golden.torch} computed, for every
case, outputs, losses, gradients of all parameters and inputs, and the parameters after three steps: \`test/golden\`. The tests allow
relative 1e-4 and absolute 1e-5, less for small gradients.

A number is the largest distance found, as a share of the largest value of its tensor, rounded up to a power of ten. \`no\` stands
where a backend can't do it or is too far off, \`not compared\` where no case does it. "Recorded" says whether \`train\` replays the step
as a whole instead of op by op.`,
    "## Operators",
    table(
      ["operator", ...head, "note"],
      [...catalogue.keys()].map((op) => [
        `\`${op}\``,
        ...of(layers.filter(({ graph }) => graph.nodes.some((node) => node.op === op))),
        notes[op] ?? "",
      ]),
    ),
    "## Networks",
    table(
      ["network", "parameters", ...head.slice(1)],
      prepared
        .filter(({ about }) => about.whole)
        .map((one) => [one.about.name, parametersOf(one), ...of([one]).slice(1)]),
    ),
    `## Losses

Cases of a small network trained by the loss, and cases of the loss alone, which the tests beside it hold to PyTorch: gradients, weights,
ignored classes, reductions.`,
    table(
      ["loss", "alone", ...head],
      lossNames.map((name) => [
        `\`${name}\``,
        String(goldenRules.losses.filter(({ settings }) => settings.name === name).length),
        ...of(rules.filter(({ about }) => settingsOf(about).loss.name === name)),
      ]),
    ),
    `## Optimizers

Cases of a small network, and cases of the optimizer alone, five steps along given gradients, which the tests beside it hold
to PyTorch.`,
    table(
      ["optimizer", "alone", ...head],
      optimizerNames.map((name) => [
        `\`${name}\``,
        String(goldenRules.optimizers.cases.filter(({ settings }) => settings.name === name).length),
        ...of(rules.filter(({ about }) => settingsOf(about).optimizer.name === name)),
      ]),
    ),
    "## Schedules\n\nThe learning rates of twenty steps, which the tests beside them hold to PyTorch. They are numbers and need no backend.",
    table(
      ["schedule", "cases"],
      scheduleNames.map((name) => [`\`${name}\``, schedules(name)]),
    ),
    "",
  ].join("\n\n");
};

const schedules = (name: string) =>
  String(goldenRules.schedules.filter(({ settings }) => settings.name === name).length);

function nearness(chosen: readonly Prepared[], results: ReadonlyMap<string, Result>, what: keyof Result & string) {
  const found = chosen.flatMap(({ about }) => {
    const distance = results.get(about.name)?.[what];
    return typeof distance === "object" ? [distance] : [];
  });
  if (found.length === 0) return "not compared";
  const { share, error } = found.reduce(farther, noDistance);
  if (!(share <= 1)) return "no";
  return `1e${Math.max(-7, Math.ceil(Math.log10(error)))}`;
}

const trained = (chosen: readonly Prepared[], results: ReadonlyMap<string, Result>) =>
  nearness(chosen, results, "training");

function recording(chosen: readonly Prepared[], results: ReadonlyMap<string, Result>): string {
  const found = chosen.filter(hasStep).map(({ about }) => results.get(about.name)?.recorded === true);
  if (found.length === 0) return "not compared";
  const recorded = found.filter((is) => is).length;
  if (recorded === found.length) return "yes";
  return recorded === 0 ? "no" : `${recorded} of ${found.length}`;
}

const parametersOf = ({ graph }: Prepared) =>
  graph.parameters
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)
    .toLocaleString("en");

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
