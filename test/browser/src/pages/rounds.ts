import { TributaryClient, TributaryError } from "@tributary/client";

/**
 * A page that somebody else serves: makes a job and lists its rounds, by the SDK alone. Its fragment has the coordinator's `url` and
 * the admin `token`.
 */
const given = new URLSearchParams(location.hash.slice(1));
const url = given.get("url") ?? "";
const token = given.get("token") ?? "";

function say(text: string, role: "listitem" | "alert" | "status"): void {
  const line = document.createElement("p");
  line.role = role;
  line.textContent = text;
  document.body.append(line);
}

/** The same again with the tag that came, as a page does that asks now and then. */
async function askTwice(id: string): Promise<string> {
  const authorization = `Bearer ${token}`;
  const first = await fetch(`${url}/v1/jobs/${id}`, { headers: { authorization } });
  const tag = first.headers.get("etag") ?? "";
  const second = await fetch(`${url}/v1/jobs/${id}`, {
    headers: { authorization, "if-none-match": tag },
    cache: "no-store",
  });
  return `${first.status} ${second.status}`;
}

try {
  const client = new TributaryClient({ url, token });
  const job = await client.jobs.create(
    {
      ...{ name: "elsewhere", model: "logistic", dataset: "mnist", rounds: 3, evaluation: { every: 0 } },
      cohort: { minimum: 1 },
    },
    { idempotencyKey: "elsewhere-1" },
  );
  for await (const round of client.watchRounds(job)) say(`round ${round.number} ${round.status}`, "listitem");
  say(`answers ${await askTwice(job.id)}`, "status");
} catch (error) {
  say(error instanceof TributaryError ? error.code : String(error), "alert");
}
