import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { OUTPUT, SECRETS } from "./kept-output.js";

/** Secrets, shortened, that any of the watched processes printed, its own or another's; then everything is forgotten. */
export function takeLeaks(folder: string): readonly string[] {
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const texts = (kind: string) => paths.filter((path) => path.endsWith(kind)).map((path) => readFileSync(path, "utf8"));
  const lines = texts(SECRETS).flatMap((text) => text.split("\n").filter((line) => line !== ""));
  const secrets = new Set(lines.map((line) => z.string().parse(JSON.parse(line))));
  const outputs = texts(OUTPUT);
  for (const path of paths) rmSync(path);
  return [...secrets]
    .filter((secret) => outputs.some((output) => output.includes(secret)))
    .map((secret) => secret.slice(0, 4));
}
