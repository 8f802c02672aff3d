/** Bytes of updates as they travelled, and as they are: the second are more where a codec made them small. */
export interface SentSizes {
  readonly sentBytes: number;
  readonly updateBytes: number;
}

interface Sent {
  readonly size: number;
  readonly sentBytes: number;
}

/** Of some updates together. */
export const sentSizesOf = (updates: readonly Sent[]): SentSizes => ({
  sentBytes: sumOf(updates, "sentBytes"),
  updateBytes: sumOf(updates, "size"),
});

/** Of some versions of a model, each as it travels to one worker, and as it is. */
export const modelSizesOf = (
  models: readonly Sent[],
): { readonly sentModelBytes: number; readonly modelBytes: number } => ({
  sentModelBytes: sumOf(models, "sentBytes"),
  modelBytes: sumOf(models, "size"),
});

const sumOf = (all: readonly Sent[], field: keyof Sent): number => all.reduce((sum, one) => sum + one[field], 0);

/** "3.9 ×": how many times smaller they travelled than they are. */
export const timesSmaller = (sent: number, size: number): string =>
  sent === 0 ? "–" : `${(size / sent).toFixed(1)} ×`;
