import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { oneLine, TributaryError } from "@tributary/protocol";
import { CsvError, parse } from "csv-parse";

export interface Row {
  readonly fields: readonly string[];
  /** Of the file, from 1, at which the row ends. */
  readonly line: number;
}

/** Bounds of what is read of a file, so that none can fill the memory. */
const MAX_ROW_CHARACTERS = 2 ** 20;
const MAX_COLUMNS = 10_002;
const MAX_ROWS = 10_000_000;
/** Numbers of all rows together: 2 GiB of float32. */
const MAX_FIELDS = 2 ** 29;

/**
 * The rows of a CSV file, its header first, one after the other. Source: RFC 4180; a byte order mark is skipped.
 * @throws TributaryError `file_unreadable`, `file_invalid` naming the file and the line
 */
export async function* readRows(path: string, delimiter: string): AsyncGenerator<Row> {
  if (delimiter.length !== 1 || delimiter === '"' || delimiter === "\n" || delimiter === "\r")
    throw new TributaryError("invalid_request", `"${delimiter.slice(0, 10)}" can't stand between fields`, {
      hint: "Give one character: a comma, a semicolon or a tab.",
    });
  const invalid = (what: string, cause?: unknown) => new TributaryError("file_invalid", `${path}: ${what}`, { cause });
  const unreadable = (cause?: unknown) => new TributaryError("file_unreadable", `${path} cannot be read`, { cause });
  const stats = await stat(path).catch((cause) => Promise.reject(unreadable(cause)));
  if (!stats.isFile()) throw invalid("it is no regular file");
  const file = createReadStream(path);
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: MAX_ROW_CHARACTERS,
    skip_empty_lines: true,
  });
  file.on("error", (error) => parser.destroy(unreadable(error)));
  file.pipe(parser);
  let rows = 0;
  let columns = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (rows === 0) columns = record.length;
      rows += 1;
      if (columns > MAX_COLUMNS) throw invalid(`it has ${columns} columns, ${MAX_COLUMNS} at most are possible`);
      if (rows > MAX_ROWS || rows * columns > MAX_FIELDS)
        throw invalid(`it has more than ${rows - 1} rows of ${columns}`);
      yield { fields: record, line: info.lines };
    }
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    throw cause instanceof CsvError ? invalid(oneLine(cause.message, 200), cause) : unreadable(cause);
  } finally {
    file.destroy();
  }
  if (rows === 0) throw invalid("it is empty");
}
