import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTwin } from "@tributary/cli";
import { Command, Option } from "commander";
import { report, rounded, say } from "./report.js";

/** The twin of PySyft's asynchronous-websocket MNIST example: three workers with disjoint digits, one CNN, 40 rounds. */
export const pysyftTwin = (): Command =>
  new Command("pysyft-twin")
    .description("accuracy over the rounds of PySyft's websocket MNIST example, and its wall time")
    .addOption(new Option("--backend <name>").choices(["native", "wasm"]))
    .option("--rounds <n>", "rounds", Number, 40)
    .option("--json", "accepted for every benchmark; the result is always JSON")
    .option("--keep <name>", "keep the result in bench/results under this name")
    .action(async ({ backend, rounds, keep }: { backend?: string; rounds: number; keep?: string }) => {
      const folder = await mkdtemp(join(tmpdir(), "tributary-bench-"));
      try {
        const twin = await runTwin({
          folder,
          say,
          env: backend ? { TRIBUTARY_BACKEND: backend } : {},
          change: (spec) => ({ ...spec, rounds }),
          onRound: ({ number, evaluation }) =>
            say(`round ${number}/${rounds}${evaluation ? `: accuracy ${evaluation.accuracy}` : ""}`),
        });
        report(
          {
            bench: "pysyft-twin",
            backend: twin.backend,
            rounds,
            accuracy: Object.fromEntries(
              twin.rounds.flatMap(({ number, evaluation }) => (evaluation ? [[number, evaluation.accuracy]] : [])),
            ),
            wallSeconds: rounded(twin.wallSeconds),
            trainingSeconds: rounded(twin.trainingSeconds),
            digest: twin.job.model?.digest,
          },
          keep,
        );
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
