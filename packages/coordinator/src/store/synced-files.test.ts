import fs, { readlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join } from "node:path";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDataFolder } from "../testing/local-coordinator.js";
import { openPglite } from "./open-pglite.js";

/** What is done at each fsync, before it: the path is told by Linux alone. */
function atEachSync(act: (path: string) => void): () => void {
  const { fsyncSync } = fs;
  fs.fsyncSync = (fd) => {
    act(readlinkSync(`/proc/self/fd/${fd}`));
    fsyncSync(fd);
  };
  syncBuiltinESMExports();
  return () => {
    fs.fsyncSync = fsyncSync;
    syncBuiltinESMExports();
  };
}

describe.skipIf(process.platform !== "linux")("the embedded database on a disk (Linux tells what is synced)", () => {
  let folder: string;
  let restore = () => {};
  beforeEach(async () => {
    folder = await newDataFolder();
  });
  afterEach(async () => {
    restore();
    await rm(folder, { recursive: true, force: true });
  });
  const open = (onLost = (_: Error) => {}) => openPglite(join(folder, "db"), onLost);

  it("syncs the write-ahead log before a commit is answered, and once", async () => {
    const { db, close } = await open();
    await db.execute(sql`create table kept (i int)`);
    const synced: string[] = [];
    restore = atEachSync((path) => synced.push(basename(dirname(path))));
    await db.execute(sql`insert into kept values (1)`);
    expect(synced).toEqual(["pg_wal"]);
    await close();
  });

  it("syncs what recovery writes, files and folders", async () => {
    const { db, close } = await open();
    await db.execute(sql`create table kept (i int)`);
    const killed = join(folder, "killed");
    fs.cpSync(join(folder, "db"), killed, { recursive: true });
    await close();
    const synced = new Set<string>();
    restore = atEachSync((path) => synced.add(path));
    await (await openPglite(killed, () => {})).close();
    for (const path of ["global/pg_control", "pg_wal", "base"]) expect([...synced]).toContain(join(killed, path));
  });

  it("syncs each file once as it recovers, and has those of one database only", async () => {
    const { db, close } = await open();
    await db.execute(sql`create table kept (i int)`);
    const killed = join(folder, "killed");
    fs.cpSync(join(folder, "db"), killed, { recursive: true });
    await close();
    const synced: string[] = [];
    restore = atEachSync((path) => synced.push(path));
    await (await openPglite(killed, () => {})).close();
    expect(fs.readdirSync(join(killed, "base"))).toEqual(["5"]);
    // The aggregate functions: no table changes them.
    const catalogue = synced.filter((path) => path === join(killed, "base", "5", "2600"));
    expect(catalogue).toHaveLength(1);
  });

  it("refuses everything after a sync that failed, tells of it, and recovers when it is opened again", async () => {
    const lost: Error[] = [];
    const { db, close } = await open((cause) => lost.push(cause));
    await db.execute(sql`create table kept (i int)`);
    restore = atEachSync(() => {
      throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
    });
    await expect(db.execute(sql`insert into kept values (1)`)).rejects.toThrow();
    restore();
    expect(lost).toMatchObject([{ code: "store_failed" }]);
    await expect(db.execute(sql`select 1`)).rejects.toMatchObject({ cause: { code: "store_failed" } });
    await close();
    const again = await open();
    // The commit may be on the disk or not: its answer was lost.
    await expect(again.db.execute(sql`select from kept`)).resolves.toBeDefined();
    await again.close();
  });
});
