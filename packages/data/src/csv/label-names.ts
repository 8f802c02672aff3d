import { TributaryError } from "@tributary/protocol";
import { MAX_CLASSES } from "../check-dataset.js";
import type { Dataset } from "../dataset.js";

/**
 * Labels as a table has them, as classes: by the names that were given; or the whole numbers that they are; or else by their own
 * names, sorted.
 * @throws TributaryError `file_invalid` naming the file and the label
 */
export function classesOf(
  texts: readonly string[],
  given: readonly string[] | undefined,
  path: string,
): Pick<Dataset, "labels" | "classes" | "classNames"> {
  const occurring = new Set(texts);
  const areNumbers = [...occurring].every((text) => /^\d{1,9}$/.test(text));
  if (given === undefined && areNumbers) {
    const labels = Int32Array.from(texts, Number);
    const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
    if (classes > MAX_CLASSES)
      throw new TributaryError(
        "file_invalid",
        `${path} has the label ${classes - 1}, ${MAX_CLASSES - 1} at most is possible`,
      );
    return { labels, classes };
  }
  const classNames = given ?? [...occurring].sort();
  if (classNames.length > MAX_CLASSES)
    throw new TributaryError(
      "file_invalid",
      `${path} has ${classNames.length} labels, ${MAX_CLASSES} at most are possible`,
      {
        hint: "Is it the column of the class that you named?",
      },
    );
  const places = new Map(classNames.map((name, place) => [name, place]));
  const labels = Int32Array.from(texts, (text, row) => {
    const place = places.get(text);
    if (place === undefined || text === "")
      throw new TributaryError(
        "file_invalid",
        `${path}: row ${row + 1} has the label "${text.slice(0, 60)}", which is no class`,
        {
          hint: `The classes are ${classNames.slice(0, 20).join(", ").slice(0, 300)}.`,
        },
      );
    return place;
  });
  return { labels, classes: classNames.length, classNames };
}
