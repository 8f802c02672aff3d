import { open } from "node:fs/promises";
import { readAudit } from "@tributary/coordinator";
import { type AuditEntry, type AuditHead, AuditVerifier } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import { Command, InvalidArgumentError } from "commander";
import { fromCoordinator, fromFile } from "../audit/sources.js";
import { type ClientFlags, clientFrom, databaseUrlOption } from "../options.js";
import { print, printJson, printTable } from "../output/print.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean };

interface VerifyFlags extends Flags {
  readonly file?: string;
  readonly dataDir?: string;
  readonly databaseUrl?: string;
  readonly head?: AuditHead;
}

/** `tributary audit …`: who did what in the federation, and whether anybody changed the record of it. */
export const audit = (): Command =>
  new Command("audit")
    .description("who did what in the federation, and whether the record of it was changed")
    .addHelpText("after", "\nExamples:\n  tributary audit list --action update.refused\n  tributary audit verify")
    .addCommand(list())
    .addCommand(exportLog())
    .addCommand(verify());

const list = (): Command =>
  clientCommand("list", "the lines of the audit log")
    .option("--job <job>", "only those about this job")
    .option("--action <action>", "only those of this action: update.refused")
    .option("--actor <actor>", "only those of this actor: worker:alice, admin, stranger, coordinator")
    .addHelpText(
      "after",
      "\nExamples:\n  tributary audit list --job JOB\n  tributary audit list --action update.refused",
    )
    .action(async ({ job, action, actor, ...flags }: Flags & { job?: string; action?: string; actor?: string }) => {
      const rows: AuditEntry[] = [];
      for await (const entry of fromCoordinator(await clientFrom(flags)))
        if (
          (job === undefined || entry.job === job) &&
          (action === undefined || entry.action === action) &&
          (actor === undefined || entry.actor === actor)
        )
          rows.push(entry);
      if (flags.json) return printJson(rows);
      printTable(
        ["line", "at", "actor", "action", "job", "round", "details"],
        rows.map(({ seq, at, actor, action, job, round, details }) => [
          ...[String(seq), at, actor, action, job ?? "", round === null ? "" : String(round)],
          JSON.stringify(details),
        ]),
      );
    });

const exportLog = (): Command =>
  clientCommand("export", "write the audit log into a file: a line of JSON each")
    .argument("<file>", "where it goes; it must not be there yet")
    .addHelpText("after", "\nExample:\n  tributary audit export audit.jsonl")
    .action(async (path: string, flags: Flags) => {
      const client = await clientFrom(flags);
      const file = await open(path, "wx").catch((cause: unknown) => {
        throw new TributaryError("file_unreadable", `${path} cannot be made, or is there already`, { cause });
      });
      let last: AuditEntry | undefined;
      try {
        for await (const entry of fromCoordinator(client)) {
          await file.write(`${JSON.stringify(entry)}\n`);
          last = entry;
        }
      } finally {
        await file.close();
      }
      const head = last === undefined ? "nothing" : `${last.seq}:${last.hash}`;
      if (flags.json) printJson({ file: path, head });
      else print(`${path}: ${last?.seq ?? 0} lines, up to ${head}`);
    });

const verify = (): Command =>
  clientCommand("verify", "look whether any line of the audit log was changed, added, moved or taken away")
    .option("--file <path>", "an exported log instead of the coordinator's")
    .option("--data-dir <path>", "the data folder of a coordinator that does not run instead")
    .addOption(databaseUrlOption())
    .option("--head <line:hash>", "a line that somebody noted: it must be there as it was", noted)
    .addHelpText(
      "after",
      "\nExamples:\n  tributary audit verify --token-file admin-token --head LINE:HASH" +
        "\n  tributary audit verify --file audit.jsonl",
    )
    .action(async (flags: VerifyFlags) => {
      const { head } = flags;
      const verifier = new AuditVerifier();
      let seen: AuditEntry | undefined;
      for await (const entry of await entriesOf(flags)) {
        const fault = verifier.take(entry);
        if (fault !== undefined) throw changed(fault.seq, fault.reason);
        if (entry.seq === head?.seq) seen = entry;
      }
      const fault = head && verifier.checkNoted(head, seen);
      if (fault) throw changed(fault.seq, fault.reason);
      const { seq, hash } = verifier.head;
      if (flags.json) printJson({ verified: true, seq, hash });
      else print(`${seq} lines, none of them changed; note the last one: ${seq}:${hash}`);
    });

async function entriesOf(flags: VerifyFlags): Promise<AsyncGenerator<AuditEntry>> {
  const { file, dataDir, databaseUrl } = flags;
  if (file !== undefined) return fromFile(file);
  if (dataDir !== undefined) return readAudit({ dataDir, databaseUrl });
  return fromCoordinator(await clientFrom(flags));
}

const changed = (seq: number, reason: string): TributaryError =>
  new TributaryError("audit_changed", `line ${seq} of the audit log: ${reason}`);

function noted(text: string): AuditHead {
  const [, seq, hash] = /^(\d{1,10}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined)
    throw new InvalidArgumentError("a line's number, :, and its hash are wanted.");
  return { seq: Number(seq), hash };
}
