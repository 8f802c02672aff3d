import type { Command } from "commander";
import { root } from "./root.js";

/**
 * Every command: a file each. Only the file of the command that is called is loaded: a coordinator that is started again does
 * not wait for what workers need.
 */
const commands = new Map<string, () => Promise<Command>>([
  ["init", async () => (await import("./commands/init.js")).init()],
  ["demo", async () => (await import("./commands/demo.js")).demo()],
  ["coordinator", async () => (await import("./commands/coordinator.js")).coordinator()],
  ["worker", async () => (await import("./commands/worker.js")).worker()],
  ["simulate", async () => (await import("./commands/simulate.js")).simulation()],
  ["job", async () => (await import("./commands/job.js")).job()],
  ["model", async () => (await import("./commands/model.js")).model()],
  ["report", async () => (await import("./commands/report.js")).report()],
  ["strategies", async () => (await import("./commands/strategies.js")).strategies()],
  ["top", async () => (await import("./commands/top.js")).top()],
  ["workers", async () => (await import("./commands/workers.js")).workers()],
  ["data", async () => (await import("./commands/data.js")).data()],
  ["webhook", async () => (await import("./commands/webhook.js")).webhook()],
  ["audit", async () => (await import("./commands/audit.js")).audit()],
  ["backup", async () => (await import("./commands/backup.js")).backup()],
  ["restore", async () => (await import("./commands/restore.js")).restore()],
  ["completion", async () => (await import("./commands/completion.js")).completion(() => program(undefined))],
  ["doctor", async () => (await import("./commands/doctor.js")).doctor()],
]);

/**
 * The `tributary` command.
 * @param called the command's name, if it is known already; help and wrong names want all of them
 */
export async function program(called: string | undefined): Promise<Command> {
  const wanted = called === undefined ? undefined : commands.get(called);
  const loaders = wanted === undefined ? [...commands.values()] : [wanted];
  return root(await Promise.all(loaders.map((load) => load())));
}
