import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runCommand } from "./support/command.js";
import { temporaryFolder } from "./support/federation.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What docker printed. @throws with what it complained of */
const docker = async (cwd: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)("docker", [...args], { cwd, maxBuffer: 2 ** 26 })).stdout;

const works = (...args: readonly string[]): Promise<boolean> =>
  docker(root, ...args).then(
    () => true,
    () => false,
  );

const hasCompose = await works("compose", "version");
const note = hasCompose ? "" : " (skipped: docker compose is not installed)";
/** The image is built of this checkout, out of a registry's base image: minutes. */
const isWanted = process.env.TRIBUTARY_DOCKER === "full";
const hasDaemon = hasCompose && isWanted && (await works("info"));
const runNote = hasDaemon
  ? ""
  : ` (skipped: ${isWanted ? "docker does not run here" : "it takes minutes; TRIBUTARY_DOCKER=full runs it"})`;

const configSchema = z.object({
  name: z.string(),
  services: z.record(z.string(), z.object({ build: z.object({ context: z.string() }).optional(), image: z.string() })),
});
const configOf = async (folder: string, ...args: readonly string[]) =>
  configSchema.parse(JSON.parse(await docker(folder, "compose", ...args, "config", "--format", "json")));

const NAME = "tributary-test-project";

async function writeProject(folder: string): Promise<string> {
  const args = ["init", "project", "--json", "--name", NAME, "--workers", "2", "--rounds", "2", "--model", "logistic"];
  expect(await runCommand(args, { cwd: folder })).toMatchObject({ exitCode: 0, stderr: "" });
  return join(folder, "project");
}

describe.skipIf(!hasCompose)(`docker compose${note}`, () => {
  it("takes the file of this repository, with and without metrics", async () => {
    const { services } = await configOf(root);
    expect(Object.keys(services).sort()).toEqual(["alice", "bob", "charlie", "coordinator", "evaluator", "job"]);
    const all = await configOf(root, "--profile", "observability");
    expect(Object.keys(all.services)).toEqual(expect.arrayContaining(["prometheus", "grafana"]));
  });

  it("takes the file of a new project, whose image is built of this checkout", async () => {
    await using folder = await temporaryFolder();
    const { name, services } = await configOf(await writeProject(folder.path));
    expect(name).toBe(NAME);
    for (const { build, image } of Object.values(services))
      expect({ build, image }).toEqual({ build: { context: root.replace(/\/$/, "") }, image: "tributary:local" });
  });

  it("says what a new project wants where its .env does not", async () => {
    await using folder = await temporaryFolder();
    const project = await writeProject(folder.path);
    await writeFile(join(project, ".env"), "");
    await expect(configOf(project)).rejects.toThrow(/TRIBUTARY_SOURCE.*the folder of a checkout of Tributary/);
  });
});

describe.skipIf(!hasDaemon)(`a new project in containers${runNote}`, () => {
  it("deals its data out, and completes its job, as often as it is asked to", { timeout: 1_800_000 }, async () => {
    await using folder = await temporaryFolder();
    const project = await writeProject(folder.path);
    const file = join(project, "compose.yaml");
    // Any port of this machine: a federation may run here.
    await writeFile(file, (await readFile(file, "utf8")).replace("127.0.0.1:7300:7300", "127.0.0.1::7300"));
    const compose = (...args: readonly string[]) => docker(project, "compose", ...args);
    try {
      await compose("build");
      // With the federation of before, and with its data after an end.
      for (const downs of [false, true, false]) {
        expect(await compose("run", "--rm", "-T", "job")).toMatch(/ completed, rounds[\s\S]*round 2\/2 /);
        if (downs) await compose("down");
      }
      await compose("down");
      await compose("up", "--detach");
      // Its exit code is the job's.
      await compose("wait", "job");
      expect(await compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "ls", "job", "/models")).toBe(
        `${NAME}.safetensors\n`,
      );
    } finally {
      await compose("down", "--volumes");
    }
  });
});
