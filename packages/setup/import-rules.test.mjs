import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installed, root } from "./folders.mjs";

/** Packages as they must not be, by name: the one source of each. */
const sources = {
  protocol: "export const codec = 1;",
  nn: 'export { codec } from "@tributary/protocol";',
  engine: 'import { tensor } from "@tensorflow/tfjs-core"; export const run = tensor;',
  federation: `import "node:fs"; import "@tributary/nn"; export { train } from "@tributary/worker";`,
  worker: `import "@tributary/engine"; export { codec } from "../../protocol/src/index.js"; export const train = 1;`,
  coordinator: 'import type { run } from "@tributary/engine"; export type Run = typeof run;',
  client: 'export { train } from "@tributary/federation";',
  cli: 'import { x } from "@tributary/absent"; import { tensor } from "@tensorflow/tfjs-core"; using y = x(tensor);',
};

/** @type {string} */
let folder;
/** @type {string[]} */
let broken;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-rules-"));
  const tensorflow = "node_modules/@tensorflow/tfjs-core";
  await write(`${tensorflow}/package.json`, JSON.stringify({ name: "@tensorflow/tfjs-core", main: "index.js" }));
  await write(`${tensorflow}/index.js`, "exports.tensor = 1;");
  for (const [name, source] of Object.entries(sources)) {
    const manifest = { name: `@tributary/${name}`, exports: "./dist/index.js" };
    await write(`packages/${name}/package.json`, JSON.stringify(manifest));
    await write(`packages/${name}/src/index.ts`, source);
    // The compiler leaves types out.
    await write(
      `packages/${name}/dist/index.js`,
      source.includes("import type") ? "" : source.replace("using", "const"),
    );
    await mkdir(join(folder, "node_modules/@tributary"), { recursive: true });
    await symlink(join(folder, "packages", name), join(folder, "node_modules/@tributary", name));
  }
  await write("packages/data/dist/a.js", 'export { b } from "./b.js"; export const a = 1;');
  await write("packages/data/dist/b.js", 'export { a } from "./a.js"; export const b = 1;');
  broken = await brokenRules();
});
afterAll(() => rm(folder, { recursive: true }));

/** @type {(path: string, text: string) => Promise<void>} */
async function write(path, text) {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** @returns {Promise<string[]>} `rule: importing file` */
async function brokenRules() {
  const program = installed("dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [program, "--config", join(root, ".dependency-cruiser.cjs"), "-T", "json", "packages"];
  const report = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1e8 });
  /** @type {{ rule: { name: string }, from: string }[]} */
  const violations = JSON.parse(report.stdout).summary.violations;
  return violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}

describe("the import rules", () => {
  it("allow the arrows of the architecture", () => {
    expect(broken.filter((line) => line.includes("packages/nn/"))).toEqual([]);
    expect(broken).not.toContain("arrows-of-client: packages/client/src/index.ts");
  });

  it.each([
    ["an arrow that is not drawn", "arrows-of-federation: packages/federation/src/index.ts"],
    ["an arrow of types only", "arrows-of-coordinator: packages/coordinator/src/index.ts"],
    ["a path into another package", "only-public-names: packages/worker/src/index.ts"],
    ["TensorFlow.js in the coordinator", "coordinator-without-tensorflow: packages/coordinator/src/index.ts"],
    ["TensorFlow.js by way of others", "coordinator-without-tensorflow: packages/client/src/index.ts"],
    ["TensorFlow.js outside the engine", "only-engine-knows-tensorflow: packages/cli/src/index.ts"],
    ["a module of Node in the rules of the federation", "federation-is-pure: packages/federation/src/index.ts"],
    ["a circle", "no-circles: packages/data/dist/a.js"],
    ["a package that is not there", "resolvable: packages/cli/src/index.ts"],
  ])("refuse %s", (_, line) => {
    expect(broken).toContain(line);
  });
});
