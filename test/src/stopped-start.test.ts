import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type NodeProcess, startNode } from "@tributary/cli";
import { describe, expect, it } from "vitest";
import { withDatabase } from "./support/database.js";
import { temporaryFolder } from "./support/federation.js";

/** Of a folder that there is not: none. */
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

interface Begun extends NodeProcess {
  readonly data: string;
  readonly listens: Promise<boolean>;
}

function begin(folder: string, env: NodeJS.ProcessEnv = {}): Begun {
  const data = join(folder, "coordinator");
  const args = ["coordinator", "--json", "--port", "0", "--data-dir", data];
  const node = startNode(args, join(folder, "coordinator.log"), { env });
  const listens = node.firstLine((line) => (line.includes('"listening"') ? true : undefined)).then(Boolean);
  return { ...node, data, listens };
}

/** Waits for something, or for the end of the process, which is too early. */
async function until(node: Begun, isSo: (names: readonly string[]) => boolean): Promise<void> {
  const ended = node.exited.then(() => true);
  while (!isSo(await namesIn(node.data)))
    if (await Promise.race([ended, setTimeout(5, false)])) throw new Error("it has ended");
}

const isFree = async (data: string) => (await namesIn(data)).every((name) => name !== "lock" && name !== "owner.json");

describe("a coordinator that is asked to stop before it listens", () => {
  it("ends in good order at whichever moment, and starts again", async () => {
    await using folder = await temporaryFolder();
    await withDatabase(folder.path);
    const began = performance.now();
    const whole = begin(folder.path);
    expect(await whole.listens).toBe(true);
    const startMs = performance.now() - began;
    expect(await whole.stop()).toEqual({ exitCode: 0, signal: null });

    for (const part of [0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1]) {
      const node = begin(folder.path);
      await setTimeout(part * startMs);
      const owned = !(await isFree(node.data));
      const { exitCode, signal } = await node.stop();
      // Before its own code runs the system ends it: it has nothing open.
      if (owned || signal === null) expect([part, exitCode, signal]).toEqual([part, 0, null]);
      else expect([part, signal]).toEqual([part, "SIGTERM"]);
      expect([part, await isFree(node.data)]).toEqual([part, true]);
    }

    for (const moment of ["owner.json", "blobs"]) {
      const node = begin(folder.path);
      if (moment === "blobs") await rm(join(node.data, "blobs"), { recursive: true, force: true });
      await until(node, (names) => names.includes(moment));
      expect([moment, await node.stop()]).toEqual([moment, { exitCode: 0, signal: null }]);
      expect([moment, await isFree(node.data)]).toEqual([moment, true]);
    }

    const again = begin(folder.path);
    expect(await again.listens).toBe(true);
    expect(await again.stop()).toEqual({ exitCode: 0, signal: null });
  });

  it("leaves no half of a database that it was making", async () => {
    await using folder = await temporaryFolder();
    const node = begin(folder.path);
    await until(node, (names) => names.some((name) => name.startsWith("db.unfinished-")));
    expect(await node.stop()).toEqual({ exitCode: 0, signal: null });
    expect((await namesIn(node.data)).filter((name) => name.startsWith("db"))).toEqual([]);
    expect(await isFree(node.data)).toBe(true);
  });

  it("does not wait for a database that does not answer", async () => {
    await using folder = await temporaryFolder();
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const node = begin(folder.path, { DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none` });
    const [connection] = await once(silent, "connection");
    node.kill();
    const began = performance.now();
    expect(await node.exited).toEqual({ exitCode: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(15_000);
    connection.destroy();
    silent.close();
  });
});
