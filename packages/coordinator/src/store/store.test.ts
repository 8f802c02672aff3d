import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { findPostgres, PostgresServer } from "../testing/postgres-server.js";
import { openStore } from "./open-store.js";
import { keepsTheStoresPromises } from "./store.contract.js";

const onLost = (cause: Error): never => {
  throw cause;
};

describe("the store, embedded in a folder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-store-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  keepsTheStoresPromises(async () => ({ open: () => openStore({ folder, onLost }) }));
});

describe.skipIf(findPostgres() === undefined)("the store on a PostgreSQL server (where one is installed)", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  keepsTheStoresPromises(async () => {
    const url = await server.newDatabase();
    return { open: () => openStore({ folder: "", url, onLost }) };
  });
});
