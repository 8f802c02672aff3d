import { clockJumps } from "./clock.js";
import { codecKills, controlCodecKills, modelCodecKills } from "./codecs.js";
import { fullDisk } from "./disk.js";
import { coordinatorKills, randomKills, workerKills } from "./kills.js";
import { networkFaults } from "./network.js";
import type { OwnScenario } from "./own-scenario.js";
import { personalisationKills } from "./personalisation.js";
import { powerLosses } from "./power.js";
import type { Scenario } from "./scenario.js";
import { deathBeforeScores } from "./scores.js";
import { selectionKills } from "./selection.js";
import { stragglers } from "./stragglers.js";
import { strategyKills } from "./strategies.js";

export interface TableOptions {
  /** What the random moments are drawn from. */
  readonly seed: number;
  /** How many of them there are. Power is lost at a fifth as many, and at two at least. */
  readonly moments: number;
}

/** Everything that a federation must survive. */
export const scenarioTable = ({ seed, moments }: TableOptions): readonly (Scenario | OwnScenario)[] => [
  ...coordinatorKills,
  ...randomKills(seed, moments),
  ...workerKills,
  ...networkFaults(seed),
  ...clockJumps,
  stragglers,
  fullDisk,
  ...powerLosses(seed, Math.max(2, Math.round(moments / 5))),
  ...strategyKills,
  ...codecKills,
  ...controlCodecKills,
  ...modelCodecKills,
  ...personalisationKills,
  ...selectionKills,
  deathBeforeScores,
];
