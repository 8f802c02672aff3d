import { setTimeout } from "node:timers/promises";
import { checkJobSpec, type JobSpecInput } from "@tributary/federation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CuttingProxy } from "../testing/cutting-proxy.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import type { Training } from "../testing/peer.js";
import { findPostgres, PASSWORD, PostgresServer } from "../testing/postgres-server.js";
import { openStore } from "./open-store.js";

const spec: JobSpecInput = {
  ...{ model: "lenet5", dataset: "mnist", rounds: 9, seed: 3, evaluation: { every: 0 } },
  cohort: { minimum: 2, quorum: 2 },
};
const train: Training = (parameters, round) =>
  parameters.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + round / 64) }));

const newJob = (id: string) => {
  const parsed = checkJobSpec(spec);
  return { id, name: "first", spec: parsed, parameters: 7, submittedAt: new Date() };
};

describe.skipIf(findPostgres() === undefined)("a database on a PostgreSQL server (where one is installed)", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const open = (url: string, onLost: (cause: Error) => void = () => {}) => openStore({ folder: "", url, onLost });

  it("belongs to one coordinator at a time, and is free after it closed", async () => {
    const url = await server.newDatabase();
    const first = await open(url);
    await expect(open(url)).rejects.toMatchObject({ code: "database_in_use" });
    await expect(LocalCoordinator.start({ databaseUrl: url })).rejects.toMatchObject({ code: "database_in_use" });
    await first.close();
    await first.close();
    await (await open(url)).close();
  });

  it("has closed when the server has let go of it, and not before", async () => {
    const url = await server.newDatabase();
    const store = await open(url);
    const [holder] = await server.query("select pid from pg_locks where locktype = 'advisory'", url);
    const pid = Number(holder?.pid);
    process.kill(pid, "SIGSTOP");
    const closing = store.close().then(() => "closed");
    expect(await Promise.race([closing, setTimeout(500, "not yet")])).toBe("not yet");
    process.kill(pid, "SIGCONT");
    expect(await closing).toBe("closed");
    await (await open(url)).close();
  });

  it("still belongs to its coordinator after its connection broke, and works again", async () => {
    const url = await server.newDatabase();
    const store = await open(url);
    await server.breakConnections(url);
    await expect.poll(() => store.jobs({ limit: 1 }).catch(() => "broken"), { timeout: 10_000 }).toEqual([]);
    await expect(open(url)).rejects.toMatchObject({ code: "database_in_use" });
    await store.close();
  });

  it("works again when the server is back, and says store_failed meanwhile", async () => {
    const url = await server.newDatabase();
    const store = await open(url);
    await store.addJob(newJob("kept"));
    await server.kill();
    await expect(store.addJob(newJob("not-kept"))).rejects.toMatchObject({ code: "store_failed" });
    await server.start();
    await expect
      .poll(() => store.jobs({ limit: 9 }).catch(() => []), { timeout: 10_000 })
      .toMatchObject([{ id: "kept" }]);
    await store.addJob(newJob("later"));
    await store.close();
  });

  it("is given up for good when another had it meanwhile", async () => {
    const url = await server.newDatabase();
    const lost: Error[] = [];
    const store = await open(url, (cause) => lost.push(cause));
    await server.query("update owner set process = 'another'", url);
    await server.breakConnections(url);
    await expect.poll(() => lost, { timeout: 10_000 }).toMatchObject([{ code: "database_in_use" }]);
    await expect(store.addJob(newJob("stray"))).rejects.toMatchObject({ code: "store_failed" });
    expect(await server.query("select id from jobs", url)).toEqual([]);
    await store.close();
  });

  it("closes a coordinator that lost it", async () => {
    const url = await server.newDatabase();
    const coordinator = await LocalCoordinator.start({ databaseUrl: url });
    await server.query("update owner set process = 'another'", url);
    await server.breakConnections(url);
    expect(await coordinator.closed).toMatchObject({ code: "database_in_use" });
    await coordinator[Symbol.asyncDispose]();
  });

  it.each([
    ["cannot be read", () => "no address"],
    ["is of another protocol", () => `mysql://user:${PASSWORD}@127.0.0.1/db`],
    ["has no server", () => `postgres://user:${PASSWORD}@127.0.0.1:1/db`],
    ["names nobody", (url: string) => url.replace("tributary:", "nobody:")],
  ])("whose address %s is refused without telling the password", async (_, urlOf) => {
    const error = await open(urlOf(await server.newDatabase())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "store_failed", hint: expect.stringMatching(/DATABASE_URL|postgres:/) });
    expect(JSON.stringify(error, ["name", "message", "cause", "stack", "input", "client"])).not.toContain(PASSWORD);
  });

  it.each([
    ["the journal's", "select commit_step"],
    ["the tidying's", "jsonb_array_elements_text"],
    ["all", "select"],
  ])(
    "loses and doubles nothing when answers to %s questions are cut off and the server dies in the middle of a job",
    async (_, question) => {
      const run = async (databaseUrl: string, disturb: (done: () => boolean) => Promise<void>) => {
        await using coordinator = await LocalCoordinator.start({ databaseUrl });
        for (const name of ["alice", "bob"]) await coordinator.join(name, { train });
        const id = await coordinator.submit(spec);
        let done = false;
        const over = async () => {
          // A question that meets a broken connection is asked again.
          await expect.poll(async () => (await coordinator.job(id)).status, { timeout: 60_000 }).toBe("completed");
          done = true;
        };
        await Promise.all([over(), disturb(() => done)]);
        const job = await coordinator.job(id);
        const updates = (await coordinator.rounds(id)).map((round) => round.updates.map(({ worker }) => worker).sort());
        return { digest: job.model?.digest, updates };
      };
      const quiet = await run(await server.newDatabase(), async () => {});
      const url = await server.newDatabase();
      await using proxy = await CuttingProxy.start(Number(new URL(url).port));
      const through = new URL(url);
      through.port = String(proxy.port);
      const disturbed = await run(through.href, async (done) => {
        while (!done() && proxy.cuts < 12) {
          const { cuts } = proxy;
          proxy.cutAfter(question);
          await expect.poll(() => done() || proxy.cuts > cuts, { timeout: 30_000 }).toBe(true);
          if (cuts === 3) {
            await server.kill();
            await server.start();
          }
        }
        proxy.cutAfter(undefined);
      });
      expect(proxy.cuts).toBeGreaterThan(5);
      expect(disturbed).toEqual(quiet);
      const [{ count, last } = {}] = await server.query("select count(*)::int, max(seq) as last from events", url);
      expect(count).toBe(last);
    },
  );
});
