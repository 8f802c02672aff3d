import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./folders.mjs";
import { SetupError } from "./setup-error.mjs";

const folder = join(root, "docs/tutorials");
const generated = ["dist", "node_modules"];

/** @returns {string[]} the name of each tutorial, in the order of their numbers: "series-0/1-bare-tensors" */
export function tutorialNames() {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !generated.some((name) => path.startsWith(`${name}/`)))
    .map((path) => path.slice(0, -".ts".length))
    .sort();
}

/**
 * @param {string} asked a name, or the path of the file as a shell completes it
 * @returns {string} the program that the build makes of this tutorial
 * @throws {SetupError} there is none of this name
 */
export function tutorialProgram(asked) {
  const name = asked.replace(/^(?:\.\/)?docs\/tutorials\//, "").replace(/\.ts$/, "");
  if (!tutorialNames().includes(name))
    throw new SetupError(`there is no tutorial "${asked.slice(0, 60)}"`, "npm run tutorial lists them");
  return join(folder, "dist", `${name}.js`);
}
