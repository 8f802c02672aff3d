import { stream } from "@tributary/protocol";
import type { Labels } from "../dataset.js";
import { cut } from "./cut.js";

/** Shuffled and dealt out in equal parts. Source: McMahan et al. 2017, "IID". */
export const iid = (labels: Labels, shards: number, seed: number): number[][] =>
  cut(stream(seed, "partition", "iid").shuffle([...labels.keys()]), shards);
