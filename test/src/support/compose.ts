import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type NodeProcess, startNode } from "@tributary/cli";
import { parse } from "yaml";
import { z } from "zod";

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.object({
      command: z.array(z.string()),
      environment: z.record(z.string(), z.string()).default({}),
      volumes: z.array(z.string()).default([]),
    }),
  ),
});

type Service = z.output<typeof composeSchema>["services"][string];

/** The services of a compose file as processes of this machine: a volume is a folder, and the command is the one in the image. */
export class ComposeFile {
  private constructor(
    private readonly folder: string,
    private readonly services: Readonly<Record<string, Service>>,
  ) {}

  static async read(folder: string): Promise<ComposeFile> {
    const text = await readFile(join(folder, "compose.yaml"), "utf8");
    return new ComposeFile(folder, composeSchema.parse(parse(text, { merge: true })).services);
  }

  get names(): readonly string[] {
    return Object.keys(this.services);
  }

  /** Where a volume lies. */
  volume(name: string): string {
    return name === "." ? this.folder : join(this.folder, "volumes", name);
  }

  /** @param changes what stands in the place of texts in the command and in the variables */
  async start(name: string, changes: Readonly<Record<string, string>> = {}): Promise<NodeProcess> {
    const { command, environment, volumes } = this.services[name] ?? { command: [], environment: {}, volumes: [] };
    const mounts = volumes.map((volume) => volume.split(":")).map(([from = "", to = ""]) => [to, this.volume(from)]);
    for (const [, path = ""] of mounts) await mkdir(path, { recursive: true });
    const here = (text: string) => {
      const mount = mounts.find(([to]) => text === to || text.startsWith(`${to}/`));
      return changes[text] ?? (mount ? text.replace(mount[0] ?? "", mount[1] ?? "") : text);
    };
    const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, here(value)]));
    return startNode(command.map(here), join(this.folder, `${name}.log`), {
      env: { ...env, TRIBUTARY_BACKEND: "wasm" },
    });
  }
}
