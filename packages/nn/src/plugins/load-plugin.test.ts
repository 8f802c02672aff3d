import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseGraph } from "../graph/json.js";
import { Linear } from "../layers/linear.js";
import { Module } from "../module/module.js";
import { trace } from "../module/trace.js";
import type { Value } from "../module/value.js";
import { catalogue, knownOps } from "../ops/catalogue.js";
import { loadPlugin } from "./load-plugin.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-plugin-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function plugin(text: string): Promise<string> {
  files += 1;
  const file = join(folder, `plugin-${files}.mjs`);
  await writeFile(file, text);
  return file;
}

/** A plug-in of one operator. */
const op = (name: string, infer: string, rest = ""): string =>
  `export default ({ defineOp, Mismatch, z }) => [{
    spec: defineOp({ name: "${name}", attributes: z.strictObject({ factor: z.number() }), infer: ${infer}, ${rest} }),
    run: {},
  }];`;

class Net extends Module {
  fc = new Linear(4, 2);
  constructor(
    private readonly op: string,
    private readonly factor: number | string = 2,
  ) {
    super();
  }
  forward(x: Value): Value {
    return this.fc.forward(x.apply(this.op, { attributes: { factor: this.factor } }));
  }
}

describe("a plug-in", () => {
  it("adds its operators to those that a graph may name, once", async () => {
    const file = await plugin(op("acme.scale", "({ input }) => [...input]"));
    expect(() => trace(new Net("acme.scale"), [4])).toThrow(
      expect.objectContaining({ code: "invalid_graph", hint: expect.stringContaining("--plugin") }),
    );
    const [first] = await loadPlugin(file);
    expect((await loadPlugin(file))[0]).toBe(first);
    expect(knownOps()).toContain("acme.scale");
    expect([...catalogue.keys()]).not.toContain("acme.scale");
    const graph = trace(new Net("acme.scale"), [4]);
    expect(graph.nodes.map(({ name, op }) => [name, op])).toEqual([
      ["acme.scale", "acme.scale"],
      ["fc", "linear"],
    ]);
    expect(parseGraph(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
    expect(() => trace(new Net("acme.scale", "twice"), [4])).toThrow(
      expect.objectContaining({ code: "invalid_graph", message: expect.stringContaining("factor") }),
    );
  });

  it.each<[string, string, RegExp]>([
    ["throws", "throw new Error('first\\nsecond')", /plugin-\d+\.mjs: first second$/],
    ["is no JavaScript", "export default (", /plugin-\d+\.mjs: /],
    ["exports nothing", "", /its default export is no function/],
    ["exports a list", "export default []", /its default export is no function/],
    ["has a function that throws", "export default () => { throw 'no'; }", /: no$/],
    ["has no operators", "export default () => []", /what its function returns: operators: /],
    ["returns something else", "export default () => 3", /what its function returns: operators: /],
    ["has an operator without a spec", "export default () => [{ run: {} }]", /0\.spec: is not what defineOp makes/],
    [
      "has an operator without a rule for its shape",
      "export default ({ defineOp, z }) => [{ spec: defineOp({ name: 'acme.a', attributes: z.object({}) }), run: {} }]",
      /acme\.a: infer is no function/,
    ],
    ["takes a name of the catalogue", op("linear", "({ input }) => [...input]"), /can't be named "linear"/],
    ["takes the name of another plug-in", op("acme.scale", "({ input }) => [...input]"), /"acme\.scale" already/],
    [
      "has a name that is too long",
      op(`acme.${"a".repeat(100)}`, "({ input }) => [...input]"),
      /an own operator can't be named "acme\.a+"$/,
    ],
  ])("that %s is refused in one line that names the file", async (_, text, message) => {
    const file = await plugin(text);
    await expect(loadPlugin(file)).rejects.toMatchObject({
      code: "plugin_invalid",
      message: expect.stringMatching(message),
    });
    await expect(loadPlugin(file)).rejects.toMatchObject({ message: expect.stringContaining(file) });
    await expect(loadPlugin(file)).rejects.not.toMatchObject({ message: expect.stringContaining("\n") });
  });

  it("that is not there is named", async () => {
    await expect(loadPlugin(join(folder, "nowhere.mjs"))).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("nowhere.mjs cannot be read"),
    });
  });

  it.each<[string, string, string, string, RegExp]>([
    ["throws", "acme.throws", "() => { throw new Error('no idea'); }", "invalid_graph", /acme\.throws: no idea/],
    ["makes no shape", "acme.none", "() => undefined", "invalid_graph", /must make a shape/],
    ["makes sizes that are none", "acme.nan", "() => [-1, NaN]", "invalid_graph", /must make a shape/],
    ["loses the batch", "acme.batch", "() => [4]", "invalid_graph", /must make a shape/],
    ["makes negative sizes", "acme.negative", "() => [-1, -4]", "invalid_graph", /must make a shape/],
    [
      "refuses its input",
      "acme.picky",
      "() => { throw new Mismatch('[batch, 5]', '[batch, 4]'); }",
      "shape_mismatch",
      /acme\.picky: expected \[batch, 5\], got \[batch, 4\]/,
    ],
  ])("whose rule %s causes a typed error with the place", async (_, name, rule, code, message) => {
    await loadPlugin(await plugin(op(name, rule)));
    expect(() => trace(new Net(name), [4])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
