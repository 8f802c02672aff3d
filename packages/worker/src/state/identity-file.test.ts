import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openIdentity } from "./identity-file.js";

describe("the identity of a worker", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-identity-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is made at the first start and the same at the next", async () => {
    const first = await openIdentity(folder);
    expect((await openIdentity(folder)).publicKey).toEqual(first.publicKey);
    expect(await readdir(folder)).toEqual(["identity.pem"]);
  });

  it.skipIf(process.platform === "win32")("is for its user alone, also where half of one was left open", async () => {
    await writeFile(join(folder, "identity.pem.part"), "half");
    await chmod(join(folder, "identity.pem.part"), 0o666);
    await openIdentity(folder);
    expect((await stat(join(folder, "identity.pem"))).mode & 0o777).toBe(0o600);
  });

  it("is not made anew over one that is damaged", async () => {
    await writeFile(join(folder, "identity.pem"), "nonsense");
    await expect(openIdentity(folder)).rejects.toMatchObject({
      code: "file_invalid",
      hint: expect.stringContaining("tributary workers remove"),
    });
  });
});
