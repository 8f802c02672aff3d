import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { TENSORFLOW_VERSION } from "./wheel.mjs";

it("the version in the cache's folder name is the one that is downloaded", async () => {
  const requirements = await readFile(new URL("requirements.txt", import.meta.url), "utf8");
  expect(requirements).toContain(`tensorflow-cpu==${TENSORFLOW_VERSION} --hash=sha256:`);
});
