import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalFederation, NodeProcess } from "@tributary/cli";
import { partitionDataset } from "@tributary/data";
import type { JobSpecInput } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFederation, temporaryFolder, tributary } from "./support/federation.js";
import { PseudoTerminal, type PseudoTerminalOptions } from "./support/pseudo-terminal.js";

const spec = {
  name: "night-shift",
  model: "mcmahan-2nn",
  dataset: "mnist",
  training: { maxBatches: 30 },
  cohort: { minimum: 1 },
} satisfies JobSpecInput;
/** Longer than any test looks on. */
const ENDLESS = 100_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let federation: LocalFederation;
/** Of the first coordinator, which later ones replace: its workers stay. */
let first: LocalFederation;
let ada: NodeProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  first = await startFederation(folder.path);
  federation = first;
  const out = join(folder.path, "shards");
  await partitionDataset({
    ...{ dataset: "mnist", split: "test", names: ["ada", "eve"], out, seed: 1 },
    spec: { kind: "iid", shards: 2 },
  });
  ada = first.startWorker({ name: "ada", data: join(out, "ada") });
  first.startWorker({ name: "eve", data: join(out, "eve"), role: "evaluate" });
});
afterAll(async () => {
  await first?.stop();
  await federation?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const reach = () => ["--coordinator", federation.url, "--token", federation.adminToken];
const terminal = (args: readonly string[], options?: PseudoTerminalOptions) =>
  new PseudoTerminal([...args, ...reach()], options);
const submit = async (rounds: number) => (await federation.client.jobs.create({ ...spec, rounds })).id;

/** Number of the newest round whose accuracy is to be seen. */
const newestRound = ({ lines }: PseudoTerminal): number =>
  Math.max(0, ...lines.map((line) => Number(/^ *(\d+) +\d+[.]\d\d %/.exec(line)?.[1] ?? 0)));

async function untilRound(screen: PseudoTerminal, round: number): Promise<void> {
  await expect.poll(() => newestRound(screen), { timeout: 60_000, interval: 50 }).toBeGreaterThanOrEqual(round);
}

describe("tributary job watch on a terminal", () => {
  it("shows rounds as they come and who works, at any size, steers the job, and leaves the terminal as it was", async () => {
    const id = await submit(ENDLESS);
    using screen = terminal(["job", "watch", id]);
    await untilRound(screen, 3);
    expect(screen.isTaken).toBe(true);
    expect(screen.text).toMatch(/^night-shift {2}.*running/);
    expect(screen.text).toMatch(/Accuracy +[▁-█]+ .*best/);
    expect(screen.text).toMatch(/Loss +[▁-█]+/);
    expect(screen.text).toMatch(/passed, .* left/);
    await screen.until(/ada +training/);
    await screen.until(/eve +(evaluating|idle)/);

    const seen = newestRound(screen);
    screen.resize(60, 15);
    await screen.until(/^night-shift/);
    await untilRound(screen, seen + 2);
    await screen.until(/ada/);
    expect(screen.lines[14]).toBe("");
    expect(screen.lines[13]).toMatch(/^q leave/);
    for (const rows of [1, 2, 5]) {
      screen.resize(rows * 4, rows);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    screen.resize(120, 40);
    await untilRound(screen, seen + 4);
    expect(screen.lines.filter((line) => line.startsWith("night-shift"))).toHaveLength(1);
    expect(screen.lines.filter((line) => line.startsWith("q leave"))).toHaveLength(1);

    screen.press("p");
    await screen.until(/paused[\s\S]*r resume/);
    screen.press("c");
    await screen.until(/Cancel night-shift for good/);
    screen.press("n");
    await screen.until(/r resume/);
    const still = newestRound(screen);
    screen.press("r");
    await untilRound(screen, still + 1);

    screen.press("q");
    expect(await screen.exitCode).toBe(1);
    expect(screen.isTaken).toBe(false);
    expect(screen.hasCursor).toBe(true);
    expect(screen.text).toMatch(/^error: job \w+ goes on/);
    expect(screen.text).not.toMatch(/night-shift/);
    expect(await federation.client.jobs.cancel(id)).toMatchObject({ status: "cancelled" });
  });

  it("ends with the job, whose result is on the screen that stays, and whose exit code it has", async () => {
    const id = await submit(3);
    // Its rounds take less time than the command does until it watches.
    await federation.client.jobs.pause(id);
    using screen = terminal(["job", "watch", id]);
    await screen.until(/paused[\s\S]*r resume/);
    screen.press("r");
    expect(await screen.exitCode).toBe(0);
    expect(screen.output).toContain("\u001b[?1049h");
    expect(screen.isTaken).toBe(false);
    expect(screen.text).toMatch(/completed[\s\S]*round 3\/3 {2}accuracy/);
  });

  it("is what job submit --watch shows, too", async () => {
    const file = join(folder.path, "job.json");
    await writeFile(file, JSON.stringify({ ...spec, rounds: 3 }));
    using screen = terminal(["job", "submit", file, "--watch", "--output", join(folder.path, "model.safetensors")]);
    await screen.until(/^night-shift {2}.*running/);
    expect(await screen.exitCode).toBe(0);
    expect(screen.text).toMatch(/completed[\s\S]*round 3\/3/);
    expect((await stat(join(folder.path, "model.safetensors"))).size).toBeGreaterThan(700_000);
  });

  it("says that a job is paused, and why, until somebody leaves", async () => {
    const id = await submit(ENDLESS);
    await federation.client.jobs.pause(id, "the machines move");
    using screen = terminal(["job", "watch", id]);
    await screen.until(/paused[\s\S]*the machines move/);
    screen.press("\u0003");
    expect(await screen.exitCode).toBe(1);
    expect(screen.text).toMatch(/is paused: the machines move/);
    await federation.client.jobs.cancel(id);
  });

  it.each<NodeJS.Signals>(["SIGTERM", "SIGINT"])("gives the terminal back on %s", async (signal) => {
    const id = await submit(ENDLESS);
    using screen = terminal(["job", "watch", id]);
    await screen.until(/night-shift/);
    screen.kill(signal);
    expect(await screen.exitCode).toBe(1);
    expect(screen.isTaken).toBe(false);
    expect(screen.hasCursor).toBe(true);
    await federation.client.jobs.cancel(id);
  });

  it("gives the terminal back, and says why, when another coordinator answers that refuses", async () => {
    const other = await startFederation(join(folder.path, "other"));
    const { id } = await other.client.jobs.create({ ...spec, rounds: 1 });
    using screen = new PseudoTerminal(["job", "watch", id, "--coordinator", other.url, "--token", other.adminToken]);
    await screen.until(/night-shift.*waiting/);
    other.coordinator.kill("SIGKILL");
    await other.coordinator.exited;
    await using _ = await startFederation(join(folder.path, "stranger"), { port: Number(new URL(other.url).port) });
    expect(await screen.exitCode).toBe(1);
    expect(screen.isTaken).toBe(false);
    expect(screen.hasCursor).toBe(true);
    expect(screen.text).toMatch(/^error: .*token/);
  });

  it("says that the coordinator is away, goes on when it is back, and cancels when that is confirmed", async () => {
    const id = await submit(ENDLESS);
    using screen = terminal(["job", "watch", id]);
    await untilRound(screen, 2);
    const port = Number(new URL(federation.url).port);
    federation.coordinator.kill("SIGKILL");
    await screen.until(/disconnected for \d+ s, trying again/);
    await federation.coordinator.exited;
    const before = newestRound(screen);
    federation = await startFederation(folder.path, { port });
    await untilRound(screen, before + 2);
    expect(screen.text).not.toMatch(/disconnected/);
    await screen.until(/ada +training/);
    screen.press("c");
    await screen.until(/y yes/);
    screen.press("y");
    expect(await screen.exitCode).toBe(1);
    expect(screen.text).toMatch(/was cancelled/);
  });

  it("does not take the screen for a job that there is not", async () => {
    using screen = terminal(["job", "watch", "nothing"]);
    expect(await screen.exitCode).toBe(1);
    expect(screen.text).toMatch(/there is no job nothing/);
    expect(screen.output).not.toContain("\u001b[?1049h");
  });
});

describe("without a terminal, and where plain lines are wanted", () => {
  it("job watch prints a line for each round", async () => {
    const { exitCode, output } = await tributary(["job", "watch", await submit(2), ...reach()], folder.path);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^(waiting.*\n)?round 1\/2 .*\nround 2\/2 .*\n/);
    expect(output).not.toContain("\u001b");
  });

  it.each<[string, readonly string[], PseudoTerminalOptions]>([
    ["--plain", ["--plain"], {}],
    ["NO_COLOR", [], { env: { NO_COLOR: "1" } }],
    ["CI", [], { env: { CI: "true" } }],
    ["--json", ["--json"], {}],
    ["a terminal that can do nothing", [], { env: { TERM: "dumb" } }],
  ])("job watch does not take the screen with %s", async (_, args, options) => {
    // Of a job that is over there would be nothing to take the screen for.
    const id = await submit(ENDLESS);
    using screen = terminal(["job", "watch", id, ...args], options);
    await screen.until(/round \d+\/100000/i);
    await federation.client.jobs.cancel(id);
    expect(await screen.exitCode).toBe(1);
    expect(screen.output).not.toContain("\u001b[?1049h");
    expect(screen.output).toMatch(/cancelled/);
  });

  it("top says once how things are", async () => {
    const idle = /^Job .*\n\nWorker .*\nada +train +idle .*\neve +evaluate +idle .*\n$/;
    // Workers end what they were at when the last job was cancelled.
    await expect
      .poll(async () => tributary(["top", ...reach()], folder.path))
      .toMatchObject({ exitCode: 0, output: expect.stringMatching(idle) });
    const { output } = await tributary(["top", "--json", ...reach()], folder.path);
    expect(JSON.parse(output)).toMatchObject({ jobs: [], workers: [{ name: "ada" }, { name: "eve" }] });
  });
});

/** Training diverges, so that the worker has an error to tell of. */
const diverging = {
  ...{ ...spec, rounds: 1, evaluation: { every: 0 } },
  cohort: { minimum: 1, maxAttempts: 1, deadlineSeconds: 30 },
  training: { maxBatches: 20, learningRate: 1_000 },
};

describe("tributary job logs", () => {
  it("shows what workers tell, and with --follow goes on until the job is over", async () => {
    const { id } = await federation.client.jobs.create(diverging);
    using follower = terminal(["job", "logs", id, "--follow"]);
    await follower.until(/error {2}round 1 {2}ada {2}update_not_finite: /);
    const logs = async (...args: readonly string[]) => tributary(["job", "logs", id, ...args, ...reach()], folder.path);
    expect(await logs("--level", "error")).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching(/^\S+Z {2}error {2}round 1 {2}ada {2}update_not_finite: .*\n$/),
    });
    expect(JSON.parse((await logs("--json")).output)).toMatchObject([{ worker: "ada", code: "update_not_finite" }]);

    await federation.client.jobs.cancel(id);
    expect(await follower.exitCode).toBe(0);
    expect(follower.text.match(/update_not_finite/g)).toHaveLength(1);
    const lines = (await logs("--follow", "--json")).output.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).round)).toEqual([1]);
    expect((await tributary(["job", "logs", "nothing", "--follow", ...reach()], folder.path)).exitCode).toBe(1);
  });
});

describe("tributary job logs --follow", () => {
  it("goes on when the coordinator was killed and started again, with what is told then", async () => {
    const { id } = await federation.client.jobs.create(diverging);
    using follower = terminal(["job", "logs", id, "--follow"]);
    await follower.until(/error {2}round 1 {2}ada {2}update_not_finite: /);
    await expect.poll(async () => (await federation.client.jobs.get(id)).status, { timeout: 60_000 }).toBe("paused");

    const port = Number(new URL(federation.url).port);
    federation.coordinator.kill("SIGKILL");
    await federation.coordinator.exited;
    await follower.until(/it is tried again/);
    federation = await startFederation(folder.path, { port });
    await federation.client.jobs.resume(id);
    await follower.until(/update_not_finite: [\s\S]*tried again[\s\S]*update_not_finite: /);
    await federation.client.jobs.cancel(id);
    expect(await follower.exitCode).toBe(0);
    expect(follower.text.match(/update_not_finite/g)).toHaveLength(2);
  });
});

describe("tributary top and tributary worker list --watch", () => {
  it("show who is there, what runs, and who has gone", async () => {
    const id = await submit(ENDLESS);
    using top = terminal(["top"]);
    using list = terminal(["worker", "list", "--watch"]);
    using lines = terminal(["worker", "list", "--watch", "--plain"]);
    await top.until(new RegExp(`${id} +night-shift +running`));
    // The coordinator was started again, and workers find it in their own time.
    await top.until(/2 of 2 workers connected, 1 of 1 jobs running/);
    for (const screen of [top, list]) await screen.until(/ada +train +training/);
    await lines.until(new RegExp(`ada {2}training {2}job ${id} round`));
    expect(list.text).not.toContain("night-shift");

    await federation.client.jobs.cancel(id);
    await top.until(/no job runs or waits/);
    ada.kill("SIGKILL");
    for (const screen of [top, list])
      await screen.until(/1 of 2 workers connected[\s\S]*ada +train +offline for \d+ s/);
    await lines.until(/ada {2}offline/);
    const removed = await tributary(["worker", "remove", "ada", ...reach()], folder.path);
    expect(removed).toMatchObject({ exitCode: 0, output: expect.stringContaining("ada is forgotten") });
    for (const screen of [top, list]) {
      await screen.until(/1 of 1 workers/);
      expect(screen.text).not.toMatch(/ada/);
      screen.press("q");
      expect(await screen.exitCode).toBe(0);
      expect(screen.isTaken).toBe(false);
    }
    await lines.until(/ada {2}forgotten/);
    lines.press("\u0003");
    expect(await lines.exitCode).toBe(0);
  });
});
