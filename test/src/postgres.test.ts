import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NodeProcess, startNode } from "@tributary/cli";
import { findPostgres, PASSWORD, PostgresServer } from "@tributary/coordinator/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe.skipIf(findPostgres() === undefined)("coordinators on a PostgreSQL server (where one is installed)", () => {
  let server: PostgresServer;
  let folder: string;
  const started: NodeProcess[] = [];
  beforeAll(async () => {
    server = await PostgresServer.start();
    folder = await mkdtemp(join(tmpdir(), "tributary-postgres-test-"));
  });
  afterAll(async () => {
    for (const node of started) node.kill("SIGKILL");
    await Promise.all(started.map(({ exited }) => exited));
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (name: string, url: string): NodeProcess => {
    const args = ["coordinator", "--json", "--port", "0", "--data-dir", join(folder, name)];
    const node = startNode(args, join(folder, `${name}.log`), { env: { DATABASE_URL: url } });
    started.push(node);
    return node;
  };
  const listening = (node: NodeProcess) => node.firstLine((line) => (line.includes('"listening"') ? true : undefined));

  it("are one at a time: the next is refused, and one that was away gives the database up to who has it now", async () => {
    const url = await server.newDatabase();
    const first = start("first", url);
    expect(await listening(first)).toBe(true);
    const second = start("second", url);
    expect(await second.exited).toMatchObject({ exitCode: 1 });
    const said = await readFile(second.log, "utf8");
    expect(said).toContain("error: another coordinator works on this database");
    // It stands still, its connection breaks, and another takes over.
    first.kill("SIGSTOP");
    await server.breakConnections(url);
    const third = start("third", url);
    expect(await listening(third)).toBe(true);
    first.kill("SIGCONT");
    expect(await first.exited).toMatchObject({ exitCode: 1, signal: null });
    expect(await readFile(first.log, "utf8")).toContain(
      "the data folder or the database was lost: another process took it over",
    );
    expect((await third.stop()).exitCode).toBe(0);
    for (const { log } of started) expect(await readFile(log, "utf8")).not.toContain(PASSWORD);
  });
});
