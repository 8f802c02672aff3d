import { parseArgs } from "node:util";
import { soak } from "./soak.js";

const usage = `npm run soak -- [--rounds N] [--workers N]

Runs many rounds of a small model by real processes, and compares what they hold after the warm-up and at the end.
Progress on stderr, one JSON object on stdout.
  --rounds N   default 2,000; a tenth of them is the warm-up
  --workers N  default 3`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** Most that the memory of a process may grow after the warm-up, MiB. */
const MOST_GROWTH_MIB = 30;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "2000" },
      workers: { type: "string", default: "3" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return say(usage);
  const rounds = Number(values.rounds);
  const result = await soak({ rounds, warmUp: Math.ceil(rounds / 10), workers: Number(values.workers), say });
  process.stdout.write(`${JSON.stringify({ soak: "rounds", ...result })}\n`);
  if (Object.values(result.rssGrowthMiB).some((growth) => growth >= MOST_GROWTH_MIB)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
