import { describe, expect, it } from "vitest";
import { matches } from "./dependencies.mjs";

describe("what is installed", () => {
  const zod = { version: "4.0.0", integrity: "sha512-a" };

  it("matches the lock file when every package is there in its version", () => {
    expect(matches({ "node_modules/zod": zod }, { "node_modules/zod": { ...zod } })).toBe(true);
  });

  it("matches without an optional package, which is for another platform", () => {
    expect(matches({ "node_modules/fsevents": { version: "2.0.0", optional: true } }, {})).toBe(true);
  });

  it.each([
    ["a package is missing", {}],
    ["a package has another version", { "node_modules/zod": { ...zod, version: "4.0.1" } }],
    ["a package has other contents", { "node_modules/zod": { ...zod, integrity: "sha512-b" } }],
    ["there is one package more", { "node_modules/zod": zod, "node_modules/yaml": { version: "2.0.0" } }],
  ])("differs when %s", (_, found) => {
    expect(matches({ "node_modules/zod": zod }, found)).toBe(false);
  });
});
