import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobSpecInput } from "@tributary/federation";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Coordinator, startCoordinator } from "../coordinator.js";
import { LocalCoordinator } from "../testing/local-coordinator.js";
import { Peer, type Training } from "../testing/peer.js";
import { findPostgres, PostgresServer } from "../testing/postgres-server.js";
import { backup } from "./backup.js";
import { restore } from "./restore.js";

const spec: JobSpecInput = {
  ...{ model: "lenet5", dataset: "mnist", rounds: 4, seed: 5, evaluation: { every: 0 } },
  cohort: { minimum: 2, quorum: 2 },
};
const train: Training = (parameters, round) =>
  parameters.map((parameter) => ({ ...parameter, values: parameter.values.map((value) => value + round / 32) }));

describe("a backup", () => {
  let folder: string;
  let file: string;
  let dataDir: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-backup-"));
    file = join(folder, "backup.tar");
    dataDir = join(folder, "restored");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs a job to its end. @returns the digest of its model */
  async function wholeJob(): Promise<string | undefined> {
    await using coordinator = await LocalCoordinator.start();
    for (const name of ["alice", "bob"]) await coordinator.join(name, { train });
    return (await coordinator.finished(await coordinator.submit(spec))).model?.digest;
  }

  /** Runs a job until an update of its third round is in, and stops. */
  async function halfJob(coordinator: LocalCoordinator): Promise<string> {
    await coordinator.join("alice", { train });
    await coordinator.join("bob", {
      train,
      onAssignment: async (assignment, peer) => {
        if (assignment.task?.round !== 3) await peer.obey(assignment);
      },
    });
    const id = await coordinator.submit(spec);
    const updates = async () => (await coordinator.rounds(id)).find(({ number }) => number === 3)?.updates.length;
    await expect.poll(updates, { timeout: 20_000 }).toBe(1);
    await coordinator.stop();
    return id;
  }

  /** Lets the job of a restored coordinator go on to its end. */
  async function finish(id: string, options: { databaseUrl?: string | undefined }): Promise<string> {
    const coordinator = await startCoordinator({ dataDir, port: 0, logLevel: "silent", ...options });
    const peers: Peer[] = [];
    try {
      for (const name of ["alice", "bob"])
        peers.push(await Peer.join({ url: coordinator.url, token: coordinator.tokens.join, name, train }));
      const job = () => jobOf(coordinator, id);
      await expect.poll(async () => (await job()).status, { timeout: 20_000 }).toBe("completed");
      const models = await get(coordinator, `/v1/jobs/${id}/models`);
      expect(models.models).toHaveLength(5);
      return (await job()).model.digest;
    } finally {
      for (const peer of peers) peer.close();
      await coordinator.close();
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
  const get = async ({ url, tokens }: Coordinator, path: string): Promise<any> =>
    (await fetch(url + path, { headers: { authorization: `Bearer ${tokens.admin}` } })).json();
  const jobOf = (coordinator: Coordinator, id: string) => get(coordinator, `/v1/jobs/${id}`);

  it("in the middle of a round brings the job back elsewhere, and it ends with the same bytes", async () => {
    await using coordinator = await LocalCoordinator.start();
    await expect(backup({ file, dataDir: coordinator.folder })).rejects.toMatchObject({ code: "data_folder_in_use" });
    const id = await halfJob(coordinator);
    await backup({ file, dataDir: coordinator.folder });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(backup({ file, dataDir: coordinator.folder })).rejects.toMatchObject({ code: "conflict" });
    await restore({ file, dataDir });
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readFile(join(dataDir, "admin-token"))).toEqual(
      await readFile(join(coordinator.folder, "admin-token")),
    );
    expect(await finish(id, {})).toBe(await wholeJob());
  });

  it("is refused whole when a byte of it is changed, when it is cut off, and when it is something else", async () => {
    await using coordinator = await LocalCoordinator.start();
    await halfJob(coordinator);
    await backup({ file, dataDir: coordinator.folder });
    const whole = await readFile(file);
    const refused = async (what: Partial<{ code: string }> = { code: "file_invalid" }) => {
      await expect(restore({ file, dataDir })).rejects.toMatchObject(what);
      expect((await readdir(folder)).filter((name) => name !== "backup.tar")).toEqual([]);
    };
    for (let part = 1; part < 8; part++) {
      const changed = Buffer.from(whole);
      const place = Math.floor((whole.byteLength * part) / 8);
      changed[place] = (changed[place] ?? 0) ^ 1;
      await writeFile(file, changed);
      // Between entries a tar is filled with zeros, which mean nothing.
      if (!isPadding(whole, place)) await refused();
    }
    for (const kept of [0, 100, 512, whole.byteLength >> 1, whole.byteLength - 4_096]) {
      await writeFile(file, whole);
      await truncate(file, kept);
      await refused();
    }
    await writeFile(file, "no tar at all".repeat(1_000));
    await refused();
    await rm(file);
    await refused({ code: "file_unreadable" });
    await writeFile(file, whole);
    await mkdir(dataDir);
    await restore({ file, dataDir });
    await expect(restore({ file, dataDir })).rejects.toMatchObject({ code: "conflict" });
  });

  it("of a folder that is none, is refused", async () => {
    await expect(backup({ file, dataDir })).rejects.toMatchObject({ code: "file_unreadable" });
    expect(await readdir(folder)).toEqual([]);
  });

  describe.skipIf(findPostgres() === undefined)("with a PostgreSQL server (where one is installed)", () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    it("of an embedded database goes into a server's, and one of a server's into an embedded one", async () => {
      const [first, second] = [await server.newDatabase(), await server.newDatabase()];
      await using coordinator = await LocalCoordinator.start({ databaseUrl: first });
      const id = await halfJob(coordinator);
      await backup({ file, dataDir: coordinator.folder, databaseUrl: first });
      await restore({ file, dataDir });
      // From the folder into the second database: the same rows again.
      const again = join(folder, "again.tar");
      await backup({ file: again, dataDir });
      await rm(dataDir, { recursive: true });
      await expect(restore({ file: again, dataDir, databaseUrl: first })).rejects.toMatchObject({ code: "conflict" });
      await restore({ file: again, dataDir, databaseUrl: second });
      for (const table of ["jobs", "events", "rounds", "metrics", "model_versions", "workers"])
        expect(await rowsOf(second, table)).toBe(await rowsOf(first, table));
      expect(await finish(id, { databaseUrl: second })).toBe(await wholeJob());
    });

    const rowsOf = async (url: string, table: string): Promise<string> => {
      const rows = await server.query(`select to_jsonb(t)::text as row from ${table} t order by 1`, url);
      expect(rows.length).toBeGreaterThan(0);
      return createHash("sha256").update(JSON.stringify(rows)).digest("hex");
    };
  });
});

/** Whether the byte is in the zeros that fill up a block of 512. */
const isPadding = (tar: Uint8Array, place: number): boolean =>
  tar.subarray(place, (Math.floor(place / 512) + 1) * 512).every((byte) => byte === 0);
