// Makes one file of the coordinator's process and the modules that it loads, after the build of all of them.
import { realpathSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { bundleFolder, digestOfStates } from "../dist/process/bundle.js";

/** Packages that stay as they are: they look for files beside their modules, or need not be there. */
const external = [
  /^@electric-sql\/pglite(?:\/|$)/,
  "@fastify/static",
  "@fastify/swagger-ui",
  "bufferutil",
  "pg-native",
  "utf-8-validate",
];

const folder = fileURLToPath(bundleFolder);
const bundle = await rolldown({
  input: { coordinator: fileURLToPath(new URL("../dist/process/coordinator.js", import.meta.url)) },
  platform: "node",
  external,
});
const { output } = await bundle.write({ dir: folder, format: "esm", cleanDir: true, comments: false });
await bundle.close();

const packages = realpathSync(fileURLToPath(new URL("../../", import.meta.url)));
const names = output
  .flatMap((file) => (file.type === "chunk" ? file.moduleIds : []))
  .filter((id) => id.startsWith(packages) && !id.includes("node_modules"))
  .map((id) => relative(packages, id).split(sep)[0]);
const states = [...new Set(names)].sort().map((name) => `../../../${name}/dist/.tsbuildinfo`);
const madeOf = { states, digest: digestOfStates(states) };
await writeFile(new URL("made-of.json", bundleFolder), `${JSON.stringify(madeOf, null, 2)}\n`);
