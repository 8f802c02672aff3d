import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors, exportOnnx, initialise, namedModel } from "@tributary/nn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBytes } from "../files.js";
import { formatOf, readModelFile, readWeights } from "./model-file.js";
import { readGraph } from "./read-graph.js";
import { writeWhole } from "./save-model.js";

const graph = namedModel("logistic");
const parameters = initialise(graph, 1);

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-models-"));
  const files: Record<string, Uint8Array | string> = {
    "model.safetensors": encodeSafetensors(parameters, { job: "abc" }),
    "model.ONNX": exportOnnx(graph, parameters),
    "other.safetensors": encodeSafetensors(initialise(namedModel("lenet5"), 1)),
    "cut.safetensors": encodeSafetensors(parameters).subarray(0, 9_000),
    "graph.json": JSON.stringify(graph),
    "cut.json": JSON.stringify(graph).slice(0, 100),
    "bytes.json": Uint8Array.of(0x7b, 0xff),
    "other.json": '{"name": "x"}',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(at(name), content);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("MODEL of a command", () => {
  it("is a named model or the file of a traced graph", async () => {
    expect(await readGraph("logistic")).toEqual(graph);
    expect(await readGraph(at("graph.json"))).toEqual(graph);
  });

  it.each([
    ["logistik", "unknown_model", 'there is no model "logistik"; did you mean logistic?'],
    ["@nowhere.json", "file_unreadable", "the graph @nowhere.json cannot be read"],
    ["@.", "file_unreadable", "the graph @. is no file"],
    ["@cut.json", "file_invalid", "the graph @cut.json is no JSON"],
    ["@bytes.json", "file_invalid", "the graph @bytes.json is no JSON"],
    ["@other.json", "invalid_graph", "graph.inputs: Invalid input: expected array, received undefined"],
  ])("is refused when it is %s", async (model, code, message) => {
    const path = (text: string) => text.replace("@", `${folder}/`);
    await expect(readGraph(path(model))).rejects.toThrow(expect.objectContaining({ code, message: path(message) }));
  });
});

describe("a model's file", () => {
  it("gives the parameters of a network, whatever its format", async () => {
    expect(await readWeights(graph, at("model.safetensors"))).toEqual(parameters);
    expect(await readWeights(graph, at("model.ONNX"))).toEqual(parameters);
  });

  it("says what is in it", async () => {
    expect((await readModelFile(at("model.safetensors"))).metadata).toEqual({ format: "pt", job: "abc" });
    expect((await readModelFile(at("model.ONNX"))).metadata).toEqual({ producer: "tributary", opset: "17" });
  });

  it.each([
    ["model.pickle", "file_invalid", "model.pickle is of no known format"],
    ["nowhere.onnx", "file_unreadable", "the model nowhere.onnx cannot be read"],
    ["cut.safetensors", "file_invalid", "leaves a hole, overlaps or runs out of the file"],
    ["other.safetensors", "parameters_mismatch", "the nearest to fc.weight is fc1.weight"],
  ])("is refused when it is %s", async (name, code, message) => {
    const path = name.startsWith("nowhere") ? name : at(name);
    await expect(readWeights(graph, path)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it("has a format by its name alone", () => {
    expect(formatOf("a/b.c/model.Onnx")).toBe("onnx");
    expect(() => formatOf("a.onnx/model")).toThrow(expect.objectContaining({ code: "file_invalid" }));
  });

  it("appears whole or not at all", async () => {
    await writeWhole(at("new/folder/model.onnx"), Uint8Array.of(1, 2));
    expect(await readBytes(at("new/folder/model.onnx"), "the model", 2)).toEqual(Uint8Array.of(1, 2));
    await expect(writeWhole(at("graph.json/model.onnx"), Uint8Array.of(1))).rejects.toThrow(
      expect.objectContaining({ code: "file_unreadable" }),
    );
  });
});

describe("a file of bounded size", () => {
  it("is refused above it, without being read", async () => {
    await expect(readBytes(at("model.safetensors"), "the model", 1_000)).rejects.toThrow(
      expect.objectContaining({
        code: "payload_too_large",
        message: `the model ${at("model.safetensors")} has 30.9 KiB, 1000 B at most`,
      }),
    );
  });
});
