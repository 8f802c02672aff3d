import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

/** Debian keeps the server's programs off the PATH. */
const DEBIAN = "/usr/lib/postgresql";
const USER = "tributary";
/** What must be in no log. */
export const PASSWORD = "correct-horse-battery-staple";

/** The folder of PostgreSQL's server programs; undefined where it is not installed. */
export function findPostgres(): string | undefined {
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, "bin")) : [];
  const folders = [...debian.sort().reverse(), ...(process.env.PATH ?? "").split(delimiter)];
  return folders.find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** A PostgreSQL server of a test: its own cluster in a temporary folder, on a free port of this machine. */
export class PostgresServer implements AsyncDisposable {
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    private readonly port: number,
  ) {
    process.on("exit", this.#killAtExit);
  }

  static async start(): Promise<PostgresServer> {
    const programs = findPostgres();
    if (programs === undefined) throw new Error("PostgreSQL is not installed");
    const folder = await mkdtemp(join(tmpdir(), "tributary-postgres-"));
    const password = join(folder, "password");
    await writeFile(password, PASSWORD);
    const { uid, gid } = unprivileged();
    if (uid !== undefined && gid !== undefined) for (const path of [folder, password]) await chown(path, uid, gid);
    const settings = [`--pwfile=${password}`, `--username=${USER}`, "--auth=scram-sha-256", "--no-sync"];
    const cluster = ["-D", join(folder, "cluster"), "--encoding=UTF8", "--locale=C"];
    await promisify(execFile)(join(programs, "initdb"), [...cluster, ...settings], { uid, gid, cwd: folder });
    const server = new PostgresServer(programs, folder, await freePort());
    await server.start();
    return server;
  }

  /** Starts it again after `kill`. @returns when it answers */
  async start(): Promise<void> {
    const options = { ...unprivileged(), cwd: this.folder };
    const settings = [`port=${this.port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
    const args = ["-D", join(this.folder, "cluster"), ...settings.flatMap((setting) => ["-c", setting])];
    const started = spawn(join(this.programs, "postgres"), args, { ...options, stdio: "ignore" });
    this.#process = started;
    while (started.exitCode === null) {
      try {
        await this.query("select 1");
        return;
      } catch {
        await setTimeout(50);
      }
    }
    throw new Error(`PostgreSQL ended with code ${started.exitCode}`);
  }

  /** Ends it at once, as a loss of power does: connections break, what was not committed is gone. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const gone = once(running, "exit");
    running.kill("SIGQUIT");
    await gone;
  }

  /** @returns the address of a new, empty database */
  async newDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.query(`create database ${name}`);
    return this.#url(name);
  }

  /** Breaks the connections to a database, as its administrator may. */
  async breakConnections(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1);
    await this.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
  }

  async query(text: string, url = this.#url("postgres")): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    process.off("exit", this.#killAtExit);
    await rm(this.folder, { recursive: true, force: true });
  }

  #url(database: string): string {
    return `postgres://${USER}:${PASSWORD}@127.0.0.1:${this.port}/${database}`;
  }

  readonly #killAtExit = () => void this.#process?.kill("SIGQUIT");
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made, or as nobody. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string, user: string) =>
    Number(execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] }));
  for (const user of ["postgres", "nobody"]) {
    try {
      return { uid: idOf("-u", user), gid: idOf("-g", user) };
    } catch {
      // There is no such user here.
    }
  }
  return {};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}
