import { codecStages } from "@tributary/federation";
import { didYouMean, redactedFields, TributaryError } from "@tributary/protocol";
import { Command, InvalidArgumentError, Option } from "commander";
import { pino } from "pino";
import { relaxHeap } from "../heap.js";
import { coordinatorOption, otlpEndpointOption, pluginOption, readSecret, readText, wholeNumber } from "../options.js";
import { print } from "../output/print.js";
import { stopSignal } from "../signals.js";
import { nameOption, stateDirOf, stateDirOption } from "../worker-state.js";
import { listWorkers, removeWorker } from "./workers.js";

interface Options {
  readonly coordinator: string;
  readonly joinToken?: string;
  readonly joinTokenFile?: string;
  readonly name: string;
  readonly data: string;
  readonly role: "train" | "evaluate";
  readonly threads: number;
  readonly backend?: "native" | "wasm";
  readonly stateDir?: string;
  readonly ca?: string;
  readonly connectTimeout: number;
  readonly plugin: readonly string[];
  readonly tag: readonly string[];
  readonly codecs: readonly string[];
  readonly shareLabels?: boolean;
  readonly metricsHost: string;
  readonly metricsPort?: number;
  readonly otlpEndpoint?: string;
  readonly json?: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
}

/** `tributary worker`: trains or evaluates beside a shard, until it is stopped. */
export const worker = (): Command =>
  new Command("worker")
    .description("run a worker beside private data: it trains when it is asked, and its samples never leave it")
    .addOption(coordinatorOption())
    .addOption(new Option("--join-token <token>", "join token of the coordinator").env("TRIBUTARY_JOIN_TOKEN"))
    .addOption(
      new Option("--join-token-file <path>", "file that holds the join token").env("TRIBUTARY_JOIN_TOKEN_FILE"),
    )
    .addOption(nameOption())
    .addOption(new Option("--data <folder>", "folder of its shard; it must be given").env("TRIBUTARY_DATA"))
    .addOption(
      new Option("--role <role>", "what it does").choices(["train", "evaluate"]).env("TRIBUTARY_ROLE").default("train"),
    )
    .addOption(
      new Option("--threads <n>", "threads that compute; the same bytes need the same number")
        .env("TRIBUTARY_THREADS")
        .default(1)
        .argParser(wholeNumber(1, 256)),
    )
    .addOption(
      new Option("--backend <name>", "where tensors are computed; default: native where it works").choices([
        "native",
        "wasm",
      ]),
    )
    .addOption(pluginOption())
    .addOption(
      new Option("--tag <tag>", "tag that jobs may ask for; may be given again")
        .default([], "none")
        .argParser((tag: string, earlier: readonly string[]) => [...earlier, tag]),
    )
    .addOption(
      new Option("--codecs <stages>", "stages of codecs that it takes part in; what needs others travels as it is")
        .default(codecStages, codecStages.join(","))
        .argParser(readCodecs),
    )
    .addOption(
      new Option(
        "--share-labels [choice]",
        "yes: tell the coordinator how many samples of the shard have each class; default: nothing is told of labels",
      )
        .env("TRIBUTARY_SHARE_LABELS")
        .preset("yes")
        .argParser(readChoice),
    )
    .addOption(stateDirOption())
    .addOption(
      new Option("--ca <path>", "certificate authority to trust besides the system's, PEM").env("TRIBUTARY_CA"),
    )
    .addOption(
      new Option("--connect-timeout <seconds>", "how long the first connection may take")
        .default(30)
        .argParser(wholeNumber(1, 86_400)),
    )
    .addOption(
      new Option("--metrics-port <n>", "serve metrics for Prometheus on this port; 0 takes a free one")
        .env("TRIBUTARY_METRICS_PORT")
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option("--metrics-host <address>", "address to serve them on; whoever reaches it can read them")
        .env("TRIBUTARY_METRICS_HOST")
        .default("127.0.0.1"),
    )
    .addOption(otlpEndpointOption())
    .addOption(
      new Option("--log-level <level>")
        .choices(["debug", "info", "warn", "error"])
        .env("TRIBUTARY_LOG_LEVEL")
        .default("info"),
    )
    .option("--json", "say that it starts as a line of JSON; the log, on standard error, is JSON anyway")
    .addHelpText(
      "after",
      "\nExample:\n  tributary worker --coordinator https://coordinator.example:7300 --join-token-file token --name alice --data ./shards/alice",
    )
    // Options after a command of its own are that command's.
    .enablePositionalOptions()
    .addCommand(listWorkers("list"))
    .addCommand(removeWorker())
    .action((options: Given, command: Command) => {
      const { data } = options;
      // Were the option mandatory, the commands below would want it, too.
      if (data === undefined)
        command.error("error: required option '--data <folder>' not specified", {
          code: "commander.missingMandatoryOptionValue",
        });
      return run({ ...options, data });
    });

/** As it was called. */
type Given = Omit<Options, "data"> & { readonly data?: string };

/** An environment variable that says no, or nothing, means no. @throws InvalidArgumentError */
function readChoice(text: string): boolean {
  if (["yes", "true", "1"].includes(text)) return true;
  if (["no", "false", "0", ""].includes(text)) return false;
  throw new InvalidArgumentError('"yes" or "no"');
}

/** @throws InvalidArgumentError naming what there is */
function readCodecs(text: string): readonly string[] {
  const stages = text === "none" ? [] : text.split(",").map((stage) => stage.trim());
  const unknown = stages.find((stage) => !codecStages.includes(stage));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`there is no stage "${unknown}"; ${didYouMean(unknown, ["none", ...codecStages])}`);
  return stages;
}

async function run(options: Options): Promise<void> {
  // Loaded now: to list workers takes none of it.
  const { runWorker } = await import("@tributary/worker");
  relaxHeap();
  const { coordinator, name, data, role, threads, backend, connectTimeout, logLevel, plugin, tag, codecs } = options;
  const joinToken = await readSecret("join", options.joinToken, options.joinTokenFile);
  if (joinToken === undefined)
    throw new TributaryError("unauthorized", "no join token was given", {
      hint: "Use --join-token-file with the join-token file of the coordinator, --join-token, or TRIBUTARY_JOIN_TOKEN.",
    });
  const ca = options.ca === undefined ? undefined : await readText(options.ca, "the certificate authority");
  const log = pino(
    { level: logLevel, base: { worker: name }, redact: [...redactedFields] },
    pino.destination({ fd: 2, sync: true }),
  );
  if (options.json) print(JSON.stringify({ event: "starting", worker: name, pid: process.pid, coordinator }));
  await runWorker(
    {
      coordinator,
      joinToken,
      name,
      dataDir: data,
      stateDir: stateDirOf(name, options.stateDir),
      role,
      threads,
      plugins: plugin,
      tags: tag,
      codecs,
      shareLabels: options.shareLabels ?? false,
      connectTimeoutMs: connectTimeout * 1_000,
      log,
      ...(backend && { backend }),
      ...(ca !== undefined && { ca }),
      ...(options.otlpEndpoint !== undefined && { otlpEndpoint: options.otlpEndpoint }),
      ...(options.metricsPort !== undefined && {
        metrics: { host: options.metricsHost, port: options.metricsPort },
      }),
    },
    stopSignal(),
  );
}
