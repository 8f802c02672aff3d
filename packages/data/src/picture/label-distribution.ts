/** How often each label occurs in one shard. */
export interface LabelDistribution {
  /** Of the shard. */
  readonly name: string;
  /** By label. */
  readonly counts: readonly number[];
}

export const total = ({ counts }: LabelDistribution): number => counts.reduce((sum, count) => sum + count, 0);

/** Of the largest shard, at least 1. */
export const largest = (shards: readonly LabelDistribution[]): number =>
  shards.reduce((most, shard) => Math.max(most, total(shard)), 1);

/** How many labels there are. */
export const labelsOf = (shards: readonly LabelDistribution[]): number =>
  shards.reduce((most, { counts }) => Math.max(most, counts.length), 0);
