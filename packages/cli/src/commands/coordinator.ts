import { existsSync } from "node:fs";
import type { Coordinator, CoordinatorOptions } from "@tributary/coordinator";
import { postgresModule } from "@tributary/coordinator/prepare";
import { TributaryError } from "@tributary/protocol";
import { Command, Option } from "commander";
import { relaxHeap } from "../heap.js";
import { databaseUrlOption, dataDirOption, otlpEndpointOption, pluginOption, wholeNumber } from "../options.js";
import { print } from "../output/print.js";
import { readOrMakeSecret } from "../secret-file.js";
import { stopSignal, untilStopped } from "../signals.js";

interface Options {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly diskReserve: number;
  readonly keepUpdates?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowOrigin: readonly string[];
  readonly adminTokenFile?: string;
  readonly joinTokenFile?: string;
  readonly plugin: readonly string[];
  readonly otlpEndpoint?: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly json?: boolean;
}

/** `tributary coordinator`: the server of a federation, until it is stopped. */
export const coordinator = (): Command =>
  new Command("coordinator")
    .description("run the server of a federation: workers connect to it, jobs are submitted to it")
    .addOption(new Option("--host <address>", "address to listen on").env("TRIBUTARY_HOST").default("127.0.0.1"))
    .addOption(
      new Option("--port <n>", "port; 0 takes a free one")
        .env("TRIBUTARY_PORT")
        .default(7300)
        .argParser(wholeNumber(0, 65_535)),
    )
    .addOption(dataDirOption())
    .addOption(databaseUrlOption())
    .addOption(
      new Option("--disk-reserve <MiB>", "room on the disk that only what is under way may use")
        .env("TRIBUTARY_DISK_RESERVE")
        .default(64)
        .argParser(wholeNumber(0, 1_000_000)),
    )
    .addOption(
      new Option("--keep-updates", "keep each worker's updates after their round, for audits").env(
        "TRIBUTARY_KEEP_UPDATES",
      ),
    )
    .addOption(new Option("--tls-cert <path>", "certificate, PEM").env("TRIBUTARY_TLS_CERT"))
    .addOption(new Option("--tls-key <path>", "its key, PEM").env("TRIBUTARY_TLS_KEY"))
    .addOption(
      new Option("--allow-origin <origin>", "let pages of this origin use the API; repeat it for several")
        .env("TRIBUTARY_ALLOW_ORIGINS")
        .default([], "none")
        .argParser((text: string, earlier: readonly string[]) => [...earlier, ...text.split(/[\s,]+/).filter(Boolean)]),
    )
    .addOption(
      new Option("--admin-token-file <path>", "keep the admin token here instead of in the data folder").env(
        "TRIBUTARY_ADMIN_TOKEN_FILE",
      ),
    )
    .addOption(
      new Option("--join-token-file <path>", "keep the join token here instead of in the data folder").env(
        "TRIBUTARY_JOIN_TOKEN_FILE",
      ),
    )
    .addOption(pluginOption())
    .addOption(otlpEndpointOption())
    .addOption(
      new Option("--log-level <level>")
        .choices(["debug", "info", "warn", "error"])
        .env("TRIBUTARY_LOG_LEVEL")
        .default("info"),
    )
    .option("--json", "say where it listens as a line of JSON")
    .addHelpText("after", "\nExample:\n  tributary coordinator --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem")
    .action(run);

async function run({
  host,
  port,
  dataDir,
  databaseUrl,
  tlsCert,
  tlsKey,
  logLevel,
  json,
  plugin,
  diskReserve,
  keepUpdates,
  otlpEndpoint,
  allowOrigin,
  ...files
}: Options): Promise<void> {
  const stop = stopSignal();
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new TributaryError("file_unreadable", "--tls-cert and --tls-key go together", {
      hint: "Give both, or none.",
    });
  // Its compilation goes on while the other modules are loaded.
  if (databaseUrl === undefined) void postgresModule();
  const options: CoordinatorOptions = {
    host,
    port,
    dataDir,
    databaseUrl,
    logLevel,
    plugins: plugin,
    onModel: (bytes) => {
      if (bytes >= LARGE_MODEL_BYTES) relaxHeap();
    },
    diskReserveBytes: diskReserve * 2 ** 20,
    keepUpdates,
    otlpEndpoint,
    allowedOrigins: allowOrigin,
    ...(tlsCert !== undefined && tlsKey !== undefined && { tls: { cert: tlsCert, key: tlsKey } }),
    ...(files.adminTokenFile !== undefined && { adminToken: await readOrMakeSecret(files.adminTokenFile) }),
    ...(files.joinTokenFile !== undefined && { joinToken: await readOrMakeSecret(files.joinTokenFile) }),
  };
  const started = await startUnlessStopped(options, stop);
  if (started === undefined) return;
  const { url } = started;
  if (json) print(JSON.stringify({ event: "listening", url, pid: process.pid, dataDir }));
  else {
    print(`coordinator  ${url}  (API description at ${url}/docs)`);
    print(`admin token  ${files.adminTokenFile ?? `${dataDir}/admin-token`}`);
    print(`join token   ${files.joinTokenFile ?? `${dataDir}/join-token`}`);
    if (tlsCert === undefined && !["127.0.0.1", "localhost", "::1"].includes(host) && !existsSync("/.dockerenv"))
      print("warning: without --tls-cert and --tls-key, tokens and models cross the network in the clear");
  }
  const lost = await Promise.race([untilStopped(stop), started.closed]);
  await within(CLOSING_MS, started.close());
  // Whoever watches over the process starts it again.
  if (lost !== undefined) throw lost;
}

/** Starts it; undefined when this process was asked to stop before it listened: then what was open is closed. */
async function startUnlessStopped(options: CoordinatorOptions, stop: AbortSignal): Promise<Coordinator | undefined> {
  const { startCoordinator } = await import("@tributary/coordinator");
  const starting = startCoordinator({ ...options, signal: stop });
  await Promise.race([starting.catch(() => {}), untilStopped(stop)]);
  if (!stop.aborted) return starting;
  const closing = starting.then(
    (started) => started.close(),
    () => {},
  );
  await within(CLOSING_MS, closing);
  return undefined;
}

/** From this on, what a round's messages hold makes V8 collect garbage in every round, bytes: 1 MiB. */
const LARGE_MODEL_BYTES = 2 ** 20;

/** How long the coordinator may take to hand back what is open, ms. What it keeps is durable at every moment. */
const CLOSING_MS = 10_000;

/** Ends the process in good order when something takes too long. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const timer = setTimeout(() => {
    print(`it took over ${ms / 1000} s to close; everything is on disk, and goes on at the next start`);
    process.exit(0);
  }, ms);
  await work.finally(() => clearTimeout(timer));
}
