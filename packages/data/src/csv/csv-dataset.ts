import { TributaryError } from "@tributary/protocol";
import { checkDataset } from "../check-dataset.js";
import type { Dataset, Normalisation } from "../dataset.js";
import { naturalIds } from "../natural-ids.js";
import { normalisationOf } from "../statistics.js";
import { FloatList } from "./float-list.js";
import { classesOf } from "./label-names.js";
import { readRows } from "./read-rows.js";

export interface CsvFile {
  /** Name of the data set, by which jobs ask for it. */
  readonly name: string;
  readonly path: string;
  /** Column of the class: whole numbers from 0, or names. */
  readonly label: string;
  /** Column of whose the sample is. */
  readonly id?: string;
  /** Columns that are left out. All that remain are numbers: the features, in the order of the file. */
  readonly ignore?: readonly string[];
  /** Between fields. Default ",". */
  readonly delimiter?: string;
  /** Of one sample, where it is another than [features]: [1, 28, 28] for 784 columns. */
  readonly shape?: readonly number[];
  /**
   * Names of the classes, by label. Default: the numbers themselves, or the names that occur, sorted. Sites that train together
   * must give the same.
   */
  readonly classNames?: readonly string[];
  /** Default: the statistics of these samples. Sites that train together must give the same. */
  readonly normalisation?: Normalisation;
}

/**
 * Rows of a CSV file with a header, as float32 features.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file, the line and the column; `invalid_request` when a column
 *   that was named is not there
 */
export async function csvDataset(file: CsvFile): Promise<Dataset> {
  const { path, label, id, ignore = [] } = file;
  const values = new FloatList();
  const labels: string[] = [];
  const ids: string[] = [];
  const rows = readRows(path, file.delimiter ?? ",");
  const header = (await rows.next()).value?.fields ?? [];
  const labelAt = placeOf(header, label, path);
  const idAt = id === undefined ? undefined : placeOf(header, id, path);
  const left = new Set([labelAt, idAt, ...ignore.map((name) => placeOf(header, name, path))]);
  const features = [...header.keys()].filter((place) => !left.has(place));
  if (features.length === 0) throw new TributaryError("file_invalid", `${path} has no column of features`);
  for await (const { fields, line } of rows) {
    for (const place of features) values.push(numberOf(fields[place] ?? "", path, line, header[place] ?? ""));
    labels.push(fields[labelAt] ?? "");
    if (idAt !== undefined) ids.push(fields[idAt] ?? "");
  }
  if (labels.length === 0) throw new TributaryError("file_invalid", `${path} has a header and no row`);
  const all = values.take();
  const shape = file.shape ?? [features.length];
  const set: Dataset = {
    name: file.name,
    count: labels.length,
    shape,
    ...classesOf(labels, file.classNames, path),
    values: all,
    normalisation: file.normalisation ?? normalisationOf({ values: all, shape }),
    ...(idAt !== undefined && { ids: naturalIds(ids) }),
  };
  checkDataset(set);
  return set;
}

function placeOf(header: readonly string[], name: string, path: string): number {
  const place = header.indexOf(name);
  if (place >= 0) return place;
  throw new TributaryError("invalid_request", `${path} has no column "${name.slice(0, 60)}"`, {
    hint: `Its columns are ${header.slice(0, 20).join(", ").slice(0, 300)}${header.length > 20 ? ", …" : ""}.`,
  });
}

/** Of the decimal system, and finite in float32. */
function numberOf(text: string, path: string, line: number, column: string): number {
  const value = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Math.fround(Number(text)) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new TributaryError(
    "file_invalid",
    `${path}: line ${line}, column ${column.slice(0, 60)}: "${text.slice(0, 40)}" is no number`,
    { hint: "Fill in or leave out such rows, or leave out the column." },
  );
}
