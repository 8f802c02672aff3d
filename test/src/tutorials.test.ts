import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { claimsOf, unmet } from "./support/claims.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "docs/tutorials");

/** TRIBUTARY_TUTORIALS=full runs them as a reader does, which takes minutes. */
const form = process.env.TRIBUTARY_TUTORIALS === "full" ? "full" : "short";

const names = ["series-0", "series-2"].flatMap((series) =>
  readdirSync(join(folder, series))
    .sort()
    .map((file) => `${series}/${file.replace(/\.ts$/, "")}`),
);
const index = readFileSync(join(folder, "README.md"), "utf8");

async function node(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stdout;
}

describe("the tutorials", () => {
  it("are in the index, each with its place in the order", () => {
    const linked = [...index.matchAll(/\]\((series-\d\/[^)]+)\.ts\)/g)].map(([, name]) => name);
    expect(linked).toEqual(names);
  });

  it("are run by the command of the index", async () => {
    expect(index).toContain("npm run tutorial -- series-0/1-bare-tensors");
    const listed = await node("packages/setup/tutorial.mjs");
    for (const name of names) expect(listed).toContain(name);
    const output = await node("packages/setup/tutorial.mjs", "docs/tutorials/series-2/02-tensors.ts", "--short");
    expect(output).toContain("rank 2, 6 numbers");
  });

  const outputs = new Map<string, string>();

  it.concurrent.each(names)("%s ends well and prints what its text says", async (name) => {
    const text = readFileSync(join(folder, `${name}.ts`), "utf8");
    const output = await node(join(folder, "dist", `${name}.js`), ...(form === "short" ? ["--short"] : []));
    outputs.set(name, output);
    const claims = claimsOf(text, form);
    expect(claims).not.toEqual([]);
    expect(unmet(claims, output)).toBeUndefined();
    expect(text).toContain(`npm run tutorial -- ${name}`);
  });

  it("of series 0 come to the same numbers, step by step", () => {
    const results = names
      .filter((name) => /^series-0\/[1-4]/.test(name))
      .map((name) =>
        outputs
          .get(name)
          ?.split("\n")
          .filter((line) => /^(loss|mean loss|validation)/.test(line)),
      );
    expect(results).toHaveLength(4);
    expect(results[0]).toHaveLength(3);
    for (const result of results) expect(result).toEqual(results[0]);
    const [meanLoss] = results[0]?.filter((line) => line.startsWith("mean loss")) ?? [];
    expect(outputs.get("series-0/5-fit")).toContain(`pass 1: loss ${meanLoss?.split(": ")[1]}`);
  });
});
