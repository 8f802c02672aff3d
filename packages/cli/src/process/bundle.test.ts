import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { coordinatorBundle, digestOfStates } from "./bundle.js";

let path: string;
let folder: URL;
const states = ["../one.state", "../other.state"];
const makeBundle = () =>
  writeFile(new URL("made-of.json", folder), JSON.stringify({ states, digest: digestOfStates(states, folder) }));

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "tributary-bundle-"));
  await mkdir(join(path, "bundle"));
  folder = pathToFileURL(join(path, "bundle/"));
  for (const state of states) await writeFile(new URL(state, folder), `state of ${state}`);
});
afterEach(() => rm(path, { recursive: true, force: true }));

it("is what runs while the packages in it are as they were", async () => {
  await makeBundle();
  expect(coordinatorBundle(folder)).toBe(new URL("coordinator.js", folder).href);
});

it.each(states)("is left alone after a new build of the package of %s", async (state) => {
  await makeBundle();
  await writeFile(new URL(state, folder), "another state");
  expect(coordinatorBundle(folder)).toBeUndefined();
  await makeBundle();
  expect(coordinatorBundle(folder)).toBeDefined();
});

it("is left alone where it was not made, is damaged, or a package is missing", async () => {
  expect(coordinatorBundle(folder)).toBeUndefined();
  await writeFile(new URL("made-of.json", folder), '{"states":[');
  expect(coordinatorBundle(folder)).toBeUndefined();
  await makeBundle();
  await rm(new URL("../one.state", folder));
  expect(coordinatorBundle(folder)).toBeUndefined();
});
