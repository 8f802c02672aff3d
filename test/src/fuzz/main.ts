import { parseArgs } from "node:util";
import { withVictim } from "./victim.js";

const usage = `npm run fuzz -- [--messages N] [--seed N]

Sends random messages to the socket and HTTP borders of a real coordinator. Progress on stderr, one JSON object on stdout.
  --messages N  default 1,000,000
  --seed N      what they are drawn from; default: a new one, which is printed`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "1000000" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(usage);
  const seed = Number(values.seed);
  say(`seed ${seed}`);
  await withVictim(async ({ attack, rounds }) => {
    const before = await rounds();
    const result = await attack({ messages: Number(values.messages), seed, say });
    const goodRounds = (await rounds()) - before;
    process.stdout.write(`${JSON.stringify({ fuzz: "borders", seed, goodRounds, ...result })}\n`);
    if (result.wrong.length > 0 || goodRounds === 0) process.exitCode = 1;
  });
}

main().catch((error: unknown) => {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
