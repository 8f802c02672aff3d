import { setTimeout as pause } from "node:timers/promises";
import type { Scenario } from "./scenario.js";

const HOUR_MS = 3_600_000;

/** The wall clock of the coordinator is set, forwards or backwards, twice while it runs a job; then it is right again. */
const jump = (name: string, hours: readonly number[], short: boolean): Scenario => ({
  group: "clock",
  name,
  short,
  async disturb(federation, over) {
    try {
      for (const offset of hours) {
        await pause(400, undefined, { signal: over });
        federation.setClock("coordinator", offset * HOUR_MS);
      }
      // Long enough for the lock of the data folder to be touched.
      await pause(1_500, undefined, { signal: over });
    } finally {
      federation.setClock("coordinator", 0);
    }
  },
  job: { rounds: 8 },
  // A coordinator that lost the lock of its data folder ends, and with it the scenario; a negative duration fails the audit.
});

/** Durations and deadlines are not taken from the wall clock, and a lock is not void because of it. */
export const clockJumps: readonly Scenario[] = [
  jump("the coordinator's clock jumps 3 hours ahead, then 5 back", [3, -2], true),
  jump("the coordinator's clock jumps 30 hours back, then 60 ahead", [-30, 30], false),
];
