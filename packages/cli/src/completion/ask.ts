import type { TributaryClient } from "@tributary/client";
import { oneLine } from "@tributary/protocol";
import { clientFrom } from "../options.js";
import type { AskedName } from "./asked.js";
import { clientFlagsOf, partLine } from "./line.js";

/** How long somebody at a prompt waits at most, ms. */
export const ASK_MS = 1_000;
/** Of a job's versions, the newest. */
const VERSIONS = 50;

/** A word that may be meant, and what it stands for. */
export interface Found {
  readonly word: string;
  readonly about: string;
}

/**
 * The words that a line up to the cursor may go on with, which the coordinator knows that the line or the environment names. None
 * that a shell would not take as it stands: they are another side's, and go into somebody's line unquoted.
 * @throws TributaryError what the coordinator refuses with, or that it does not answer
 */
export async function ask(name: AskedName, line: string): Promise<readonly Found[]> {
  const { before, begun } = partLine(line);
  const client = await clientFrom(clientFlagsOf(before.slice(1)), ASK_MS);
  const found = await answers[name](client, begun);
  return found
    .filter(({ word }) => /^[A-Za-z0-9_][\w.+@-]*$/.test(word))
    .map(({ word, about }) => ({ word, about: oneLine(about) }));
}

const answers: Readonly<Record<AskedName, (client: TributaryClient, begun: string) => Promise<readonly Found[]>>> = {
  job: (client, begun) => jobs(client, begun),
  "job@round": async (client, begun) => {
    const [, id] = /^([^@]+)@/.exec(begun) ?? [];
    if (id === undefined)
      return (await jobs(client, begun)).map(({ word, about }) => ({ word: `${word}@latest`, about }));
    const { models } = await client.models.newest(id, { limit: VERSIONS });
    const rounds = models.length === 0 ? [] : ["latest", ...models.map(({ round }) => String(round))];
    return beginning(
      begun,
      rounds.map((round) => ({ word: `${id}@${round}`, about: `the model of round ${round}` })),
    );
  },
  worker: async (client, begun) =>
    beginning(
      begun,
      (await client.workers.list()).map(({ name, state }) => ({ word: name, about: state })),
    ),
  webhook: async (client, begun) =>
    beginning(
      begun,
      (await client.webhooks.list()).map(({ id, url }) => ({ word: id, about: url })),
    ),
};

const beginning = (begun: string, found: readonly Found[]): readonly Found[] =>
  found.filter(({ word }) => word.startsWith(begun));

/** By their ids, or else by their names: what begins a name becomes an id. */
async function jobs(client: TributaryClient, begun: string): Promise<readonly Found[]> {
  const all = await client.jobs.list();
  const byId = all.filter(({ id }) => id.startsWith(begun));
  const chosen = byId.length > 0 ? byId : all.filter(({ name }) => name.startsWith(begun));
  return chosen.map(({ id, name, status }) => ({ word: id, about: `${name}, ${status}` }));
}
