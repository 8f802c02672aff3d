import type { Dataset, Labels, Values } from "@tributary/data";

/** A data set whose samples and labels are in memory that all threads of this process see, so that it is there once. */
export function sharedDataset(set: Dataset): Dataset {
  const { ids: _, ...rest } = set;
  return { ...rest, values: sharedValues(set.values), labels: sharedLabels(set.labels) };
}

function sharedValues(values: Values): Values {
  if (values instanceof Uint8Array) return sharedBytes(values);
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

function sharedLabels(labels: Labels): Labels {
  if (labels instanceof Uint8Array) return sharedBytes(labels);
  const shared = new Int32Array(new SharedArrayBuffer(labels.byteLength));
  shared.set(labels);
  return shared;
}

function sharedBytes(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}
