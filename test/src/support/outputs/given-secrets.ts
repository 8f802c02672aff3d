import { readFileSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";

/** Options and variables that hold a secret. */
const OPTIONS = ["--token", "--join-token"];
const VARIABLES = ["TRIBUTARY_TOKEN", "TRIBUTARY_JOIN_TOKEN", "TRIBUTARY_ADMIN_TOKEN"];
/** Those that name the file which holds one. */
const FILE_OPTIONS = ["--token-file", "--join-token-file", "--admin-token-file", "--secret-file"];
const FILE_VARIABLES = ["TRIBUTARY_TOKEN_FILE", "TRIBUTARY_JOIN_TOKEN_FILE", "TRIBUTARY_ADMIN_TOKEN_FILE"];
/** Those that hold an address with a password. */
const URL_OPTIONS = ["--database-url"];
const URL_VARIABLES = ["DATABASE_URL"];
/** Secrets are longer: what is shorter is in any output. */
const SHORTEST = 16;

/** What a process was given that nobody else may see. */
export interface GivenSecrets {
  /** By its arguments and its environment. */
  readonly known: readonly string[];
  /** In files, as far as they are there: a process may make them. */
  inFiles(): readonly string[];
}

/** What a process was started with. */
export interface Start {
  readonly args: readonly string[];
  /** "NAME=value" each. */
  readonly variables: readonly string[];
  readonly folder: string;
}

/** How a process that has begun was started, as far as the system shows it. */
export const startOf = (args: readonly string[], pid: number): Start => ({
  args,
  variables: textOf(`/proc/${pid}/environ`).split("\0"),
  folder: folderOf(pid),
});

/** The secrets of a process. */
export function givenSecrets({ args, variables, folder }: Start): GivenSecrets {
  const named = (options: readonly string[], names: readonly string[]): string[] => [
    ...options.flatMap((option) =>
      args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ""] : afterName(arg, option))),
    ),
    ...names.flatMap((name) => variables.flatMap((variable) => afterName(variable, name))),
  ];
  const dataFolders = [...named(["--data-dir"], ["TRIBUTARY_DATA_DIR"]), join(".tributary", "coordinator")];
  const files = [
    ...named(FILE_OPTIONS, FILE_VARIABLES),
    ...dataFolders.flatMap((path) => [join(path, "admin-token"), join(path, "join-token")]),
  ].map((path) => resolve(folder, path));
  return {
    known: longEnough([
      ...named(OPTIONS, VARIABLES),
      ...named(URL_OPTIONS, URL_VARIABLES).flatMap((url) => passwordsIn(url)),
    ]),
    inFiles: () => longEnough(files.map(textOf).flatMap((secret) => [secret, secret.replace(/^whsec_/, "")])),
  };
}

/** "secret" of "name=secret". */
const afterName = (text: string, name: string): string[] =>
  text.startsWith(`${name}=`) ? [text.slice(name.length + 1)] : [];

/** As it stands in the address, and as it is meant. */
function passwordsIn(url: string): string[] {
  try {
    const { password } = new URL(url);
    return [password, decodeURIComponent(password)];
  } catch {
    return [];
  }
}

const longEnough = (secrets: readonly string[]): string[] => [
  ...new Set(secrets.map((secret) => secret.trim()).filter(({ length }) => length >= SHORTEST)),
];

/** A file's text; empty where there is none (yet), or no such file system. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function folderOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return process.cwd();
  }
}
