/**
 * Sums over the rows of `[rows, channels]`, in float64. The wasm backend transposes everything before it sums along rows. Four
 * columns at a time stay in registers, which is three times as fast as one row at a time.
 */
export function columnSums(values: Float32Array, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  const inFours = channels - (channels % 4);
  for (let channel = 0; channel < inFours; channel += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let at = channel; at < values.length; at += channels) {
      a += Number(values[at]);
      b += Number(values[at + 1]);
      c += Number(values[at + 2]);
      d += Number(values[at + 3]);
    }
    sums.set([a, b, c, d], channel);
  }
  for (let channel = inFours; channel < channels; channel++) {
    let sum = 0;
    for (let at = channel; at < values.length; at += channels) sum += Number(values[at]);
    sums[channel] = sum;
  }
  return sums;
}

/** Sums over the rows of `values · (others − centre)`, with one centre a channel, in float64. */
export function columnProducts(values: Float32Array, others: Float32Array, centres: Float64Array): Float64Array {
  const channels = centres.length;
  const sums = new Float64Array(channels);
  const inPairs = channels - (channels % 2);
  for (let channel = 0; channel < inPairs; channel += 2) {
    let [a, b] = [0, 0];
    const [first, second] = [Number(centres[channel]), Number(centres[channel + 1])];
    for (let at = channel; at < values.length; at += channels) {
      a += Number(values[at]) * (Number(others[at]) - first);
      b += Number(values[at + 1]) * (Number(others[at + 1]) - second);
    }
    sums.set([a, b], channel);
  }
  if (inPairs < channels) {
    const centre = Number(centres[inPairs]);
    let sum = 0;
    for (let at = inPairs; at < values.length; at += channels)
      sum += Number(values[at]) * (Number(others[at]) - centre);
    sums[inPairs] = sum;
  }
  return sums;
}
