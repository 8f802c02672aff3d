import { readFile } from "node:fs/promises";
import { delimiter } from "node:path";
import type { TributaryClient } from "@tributary/client";
import { TributaryError } from "@tributary/protocol";
import { InvalidArgumentError, Option } from "commander";

/** A whole number from `least` to `most`, as an option's parser. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`);
    return value;
  };

/** "0.485,0.456,0.406", as an option's parser. */
export function numbers(text: string): number[] {
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!values.every(Number.isFinite)) throw new InvalidArgumentError("numbers with commas between them are wanted.");
  return values;
}

export const coordinatorOption = (): Option =>
  new Option("--coordinator <url>", "address of the coordinator")
    .env("TRIBUTARY_COORDINATOR")
    .default("http://127.0.0.1:7300");

export const otlpEndpointOption = (): Option =>
  new Option("--otlp-endpoint <url>", "send traces of rounds to this OpenTelemetry collector, by OTLP over HTTP").env(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
  );

export const dataDirOption = (): Option =>
  new Option("--data-dir <path>", "folder for jobs, models and tokens")
    .env("TRIBUTARY_DATA_DIR")
    .default(".tributary/coordinator");

/** An empty variable is none. */
export const databaseUrlOption = (): Option =>
  new Option(
    "--database-url <url>",
    "keep jobs on a PostgreSQL server instead of in the data folder; the variable does not show in the list of processes",
  )
    .env("DATABASE_URL")
    .argParser((text: string) => (text === "" ? undefined : text));

/** Files of plug-ins. In the variable several are parted as the paths in PATH are. */
export const pluginOption = (): Option =>
  new Option("--plugin <file>", "module with operators of your own; repeat it for several")
    .env("TRIBUTARY_PLUGINS")
    .default([], "none")
    .argParser((text: string, earlier: readonly string[]) => [
      ...earlier,
      ...text.split(delimiter).filter((path) => path !== ""),
    ]);

export const tokenOptions = (): Option[] => [
  new Option("--token <token>", "admin token").env("TRIBUTARY_TOKEN"),
  new Option("--token-file <path>", "file that holds the admin token").env("TRIBUTARY_TOKEN_FILE"),
  new Option("--ca <path>", "certificate authority to trust besides the system's, PEM").env("TRIBUTARY_CA"),
];

export interface ClientFlags {
  readonly coordinator: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
}

/**
 * @param timeoutMs how long an answer may take; default: the client's
 * @throws TributaryError `unauthorized` when no token is given, `file_unreadable`
 */
export async function clientFrom(
  { coordinator, token, tokenFile, ca }: ClientFlags,
  timeoutMs?: number,
): Promise<TributaryClient> {
  const secret = await readSecret("admin", token, tokenFile);
  if (secret === undefined)
    throw new TributaryError("unauthorized", "no admin token was given", {
      hint: "Use --token-file with the admin-token file in the coordinator's data folder, --token, or TRIBUTARY_TOKEN.",
    });
  const { TributaryClient } = await import("@tributary/client");
  return new TributaryClient({
    url: coordinator,
    token: secret,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(ca !== undefined && { fetch: await fetchTrusting(ca) }),
  });
}

/** A secret given as such, or by the file that holds it: a file does not show in the list of processes. */
export async function readSecret(
  what: string,
  secret: string | undefined,
  file: string | undefined,
): Promise<string | undefined> {
  if (secret !== undefined || file === undefined) return secret;
  return (await readText(file, `the ${what} token's file`)).trim();
}

/** @throws TributaryError `file_unreadable` naming the path */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new TributaryError("file_unreadable", `${what} ${path} cannot be read`, { cause });
  }
}

/** `fetch` that trusts one more certificate authority. */
async function fetchTrusting(path: string): Promise<typeof fetch> {
  const ca = await readText(path, "the certificate authority");
  const { Agent, fetch: fetchWith } = await import("undici");
  const { rootCertificates } = await import("node:tls");
  const dispatcher = new Agent({ connect: { ca: [...rootCertificates, ca] } });
  return (input, init) => fetchWith(input as never, { ...(init as object), dispatcher }) as never;
}
