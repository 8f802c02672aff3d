/** Bytes of updates as they travelled, and as they are: the second are more where a codec made them small. */
export interface SentSizes {
  readonly sentBytes: number;
  readonly updateBytes: number;
}

/** Of some updates together. */
export const sentSizesOf = (updates: readonly { readonly size: number; readonly sentBytes: number }[]): SentSizes => ({
  sentBytes: updates.reduce((sum, update) => sum + update.sentBytes, 0),
  updateBytes: updates.reduce((sum, update) => sum + update.size, 0),
});

/** "3.9 ×": how many times smaller they travelled than they are. */
export const timesSmaller = ({ sentBytes, updateBytes }: SentSizes): string =>
  sentBytes === 0 ? "–" : `${(updateBytes / sentBytes).toFixed(1)} ×`;
