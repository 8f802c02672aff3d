import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Field, jobSpecFields } from "./fields.js";
import { parseJobSpec } from "./parse-job-spec.js";
import { resolveModel } from "./resolve-model.js";

const page = fileURLToPath(new URL("../../../../docs/job-spec.md", import.meta.url));

const heading = ["| field | allowed | default | what it is |", "| --- | --- | --- | --- |"];

const row = ({ path, allowed, standard, required, meaning }: Field): string => {
  const otherwise = required ? "needed" : standard === undefined ? "" : `\`${standard}\``;
  return `| \`${path}\` | ${allowed} | ${otherwise} | ${meaning} |`;
};

/** A table for the JobSpec itself and for each section. */
function tables(): string {
  const sections = jobSpecFields().filter(({ isSection, path }) => isSection && path !== "");
  const paths = new Set(["", ...sections.map(({ path }) => path)]);
  // What stands in a field that is no section, as `model.graph`, is shown beside it.
  const tableOf = ({ section }: Field): string => (paths.has(section) ? section : tableOf(fieldAt(section)));
  // What is within a wrapper is a strategy, and explained as one.
  const fields = jobSpecFields().filter(({ path }) => !paths.has(path) && !path.includes(".of."));
  const table = (path: string) => [...heading, ...fields.filter((field) => tableOf(field) === path).map(row)];
  return [table(""), ...sections.map(({ path, meaning }) => [`### \`${path}\``, `${meaning}.`, "", ...table(path)])]
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function fieldAt(path: string): Field {
  const field = jobSpecFields().find((other) => other.path === path);
  if (field === undefined) throw new Error(`no field ${path}`);
  return field;
}

describe("docs/job-spec.md", () => {
  it("explains every field as the schema has it; `npx vitest run job-spec-page -u` writes the tables anew", async () => {
    const [before, , after] = (await readFile(page, "utf8")).split(/<!-- \/?fields -->\n/);
    await expect(`${before}<!-- fields -->\n${tables()}\n<!-- /fields -->\n${after}`).toMatchFileSnapshot(page);
  });

  it("has examples that are sound, and a table of mistakes with what is really said", async () => {
    const text = await readFile(page, "utf8");
    const examples = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
    expect(examples.length).toBeGreaterThanOrEqual(3);
    for (const example of examples) expect(() => resolveModel(parseJobSpec(example))).not.toThrow();
    const mistakes = [...text.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|$/gm)];
    expect(mistakes.length).toBeGreaterThanOrEqual(4);
    for (const [, mistake, said] of mistakes)
      expect(() => parseJobSpec(`model: lenet5\ndataset: mnist\n${mistake}`)).toThrow(
        expect.objectContaining({ message: said }),
      );
  });
});
