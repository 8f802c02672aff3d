import { describe, expect, it } from "vitest";
import { type GivenMemory, type GivenTag, memoryOf, tagOf, withTraits } from "./virtual-traits.js";

const shards = Array.from({ length: 4 }, (_, index) => ({ name: `worker-${index}`, indices: new Int32Array(1) }));
const traits = (tags: readonly string[], memories: readonly string[] = []) =>
  withTraits(
    shards,
    tags.reduce<readonly GivenTag[]>((all, text) => tagOf(text, all), []),
    memories.reduce<readonly GivenMemory[]>((all, text) => memoryOf(text, all), []),
  ).map(({ tags, memory }) => [tags, memory]);

describe("tags and memory of virtual workers", () => {
  it("are given to those whose numbers are named, or to all", () => {
    expect(traits(["gpu=0-1,3", "site-1"], ["4000", "8000=1"])).toEqual([
      [["gpu", "site-1"], 4000],
      [["gpu", "site-1"], 8000],
      [["site-1"], 4000],
      [["gpu", "site-1"], 4000],
    ]);
    expect(traits(["gpu=2"])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [["gpu"], undefined],
      [undefined, undefined],
    ]);
    expect(traits([])).toEqual(shards.map(() => [undefined, undefined]));
  });

  it("are refused for workers that there are not", () => {
    expect(() => traits(["gpu=2-4"])).toThrow("there is no virtual worker 4: they are 0 to 3");
  });

  it.each(["gpu=", "gpu=1-", "gpu=3-1", "gpu=a", "gpu=1=2", "=1", "-gpu", "a b"])("of %j are refused", (text) => {
    expect(() => tagOf(text, [])).toThrow(expect.objectContaining({ code: "commander.invalidArgument" }));
  });

  it.each(["", "0", "1.5", "8GB", "=1", "8000=x"])("memory of %j is refused", (text) => {
    expect(() => memoryOf(text, [])).toThrow(expect.objectContaining({ code: "commander.invalidArgument" }));
  });
});
