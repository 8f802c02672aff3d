import { type WebhookEvent, webhookEventSchema } from "@tributary/federation";
import { Command, Option } from "commander";
import { type ClientFlags, clientFrom } from "../options.js";
import { count } from "../output/format.js";
import { print, printJson, printTable } from "../output/print.js";
import { newWebhookSecret, readOrMakeSecret } from "../secret-file.js";
import { clientCommand } from "./client-command.js";

type Flags = ClientFlags & { readonly json?: boolean };

/** `tributary webhook …`: addresses that are told of jobs and rounds. */
export const webhook = (): Command =>
  new Command("webhook")
    .description("addresses that are told of jobs and rounds by signed messages")
    .addHelpText("after", "\nExample:\n  tributary webhook list")
    .addCommand(add())
    .addCommand(list())
    .addCommand(remove());

const add = (): Command =>
  clientCommand("add", "tell an address of what changes from now on")
    .argument("<url>", "where messages are sent to, by POST: http or https")
    .addOption(
      new Option("--events <event...>", "what it is told of")
        .choices(webhookEventSchema.options)
        .default([...webhookEventSchema.options]),
    )
    .requiredOption(
      "--secret-file <path>",
      "has the secret that messages are signed with, whsec_ and base64; made when it is not there",
    )
    .addHelpText(
      "after",
      "\nThe secret is in the file, for the receiver, and is never printed.\n\nExample:\n  tributary webhook add http://127.0.0.1:9000/tributary --events job --secret-file webhook-secret",
    )
    .action(
      async (
        url: string,
        { events, secretFile, ...flags }: Flags & { events: readonly WebhookEvent[]; secretFile: string },
      ) => {
        const client = await clientFrom(flags);
        const secret = await readOrMakeSecret(secretFile, newWebhookSecret);
        const added = await client.webhooks.create({ url, events: [...events], secret });
        if (flags.json) return printJson(added);
        print(`webhook ${added.id} is told of ${added.events.join(" and ")}; its secret is in ${secretFile}`);
      },
    );

const list = (): Command =>
  clientCommand("list", "the addresses, and how many messages wait for each")
    .addHelpText("after", "\nExample:\n  tributary webhook list")
    .action(async (flags: Flags) => {
      const all = await (await clientFrom(flags)).webhooks.list();
      if (flags.json) return printJson(all);
      const rows = all.map(({ id, url, events, pending, createdAt }) => [
        ...[id, url, events.join(", "), count(pending), createdAt],
      ]);
      printTable(["webhook", "address", "events", "waiting", "since"], rows);
    });

const remove = (): Command =>
  clientCommand("remove", "tell an address no more; messages that wait for it are dropped")
    .argument("<webhook>", "its id")
    .addHelpText("after", "\nExample:\n  tributary webhook remove WEBHOOK")
    .action(async (id: string, flags: Flags) => {
      const removed = await (await clientFrom(flags)).webhooks.remove(id);
      if (flags.json) return printJson(removed);
      print(`${removed.url} is told no more`);
    });
