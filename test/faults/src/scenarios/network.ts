import { setTimeout as pause } from "node:timers/promises";
import type { Federation } from "../federation/federation.js";
import type { NetworkFaults } from "../network/proxy.js";
import type { Run, Scenario } from "./scenario.js";

/** What of the undisturbed run's bytes may be sent a second time. */
const MOST_TWICE = 0.05;
const MIB = 1024 * 1024;
/** When something happens to the network, ms after the submission: transfers are under way. */
const AFTER_MS = 500;

/** Bytes sent twice are a small part of all. */
function fewTwice({ traffic: { up, down } }: Run, undisturbed: Run): string[] {
  const wanted = undisturbed.traffic.up + undisturbed.traffic.down;
  const twice = (up + down) / wanted - 1;
  return twice <= MOST_TWICE ? [] : [`${(twice * 100).toFixed(1)} % of the bytes were sent twice`];
}

const happened = (what: keyof Run["traffic"], { traffic }: Run): string[] =>
  traffic[what] > 0 ? [] : [`there were no ${what}: the scenario shows nothing`];

/** The network behaves badly during the whole job. */
const bad =
  (faults: NetworkFaults, seed: number) =>
  ({ network }: Federation): void =>
    network.behave(faults, seed);

/** Nothing is delivered for so long. */
const partition =
  (ms: number) =>
  async ({ network }: Federation, over: AbortSignal): Promise<void> => {
    await pause(AFTER_MS, undefined, { signal: over });
    network.partition();
    await pause(ms, undefined, { signal: over });
    network.heal();
  };

/** The network fails in each of the ways that networks do; the workers' connections all go over it. */
export const networkFaults = (seed: number): readonly Scenario[] => [
  {
    group: "network",
    name: "1 MB/s, 200 ms in each direction, cut once in 20 MiB",
    job: { rounds: 6 },
    disturb: bad({ bytesPerSecond: 1e6, delayMs: 200, cutEvery: 20 * MIB }, seed),
    holds: (disturbed, undisturbed) => [...fewTwice(disturbed, undisturbed), ...happened("cuts", disturbed)],
  },
  {
    group: "network",
    name: "cut once in 10 MiB",
    short: true,
    disturb: bad({ cutEvery: 10 * MIB }, seed),
    holds: (disturbed) => happened("cuts", disturbed),
  },
  {
    group: "network",
    name: "a partition of 60 s",
    disturb: partition(60_000),
    holds: fewTwice,
  },
  {
    group: "network",
    name: "a partition of 3 s",
    short: true,
    disturb: partition(3_000),
    holds: fewTwice,
  },
  {
    group: "network",
    name: "connections are half-open in the middle of the job",
    // A blob of each worker may be on its way, whole: so many rounds make that less than a twentieth.
    job: { rounds: 12 },
    async disturb({ network }, over) {
      await pause(AFTER_MS, undefined, { signal: over });
      network.halfOpen();
    },
    holds: fewTwice,
  },
  {
    group: "network",
    name: "one byte in 10^7 is changed",
    job: { rounds: 8 },
    disturb: bad({ corruptEvery: 1e7 }, seed),
    holds: (disturbed, undisturbed) => [...fewTwice(disturbed, undisturbed), ...happened("corrupted", disturbed)],
  },
];
