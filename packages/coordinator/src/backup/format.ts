import { z } from "zod";

/**
 * A backup is a tar of
 * - `files/PATH`: the files of the data folder, but for the database: tokens, blobs, uploads under way;
 * - `tables/NAME/NNNNNN.jsonl`: the rows of a table, a JSON object a line, in as many parts as it takes;
 * - `SHA256SUMS`: the digest of each entry before it, as `sha256sum -c` reads it;
 * - `manifest.json`: what made it, and the digest of `SHA256SUMS`. It is the last entry: a tar that was cut off has none.
 */
export const SUMS = "SHA256SUMS";
export const MANIFEST = "manifest.json";

export const manifestSchema = z.object({
  format: z.literal("tributary-backup"),
  version: z.literal(1),
  /** Version of the software that made it. */
  software: z.string(),
  createdAt: z.iso.datetime(),
  /** The newest migration of its tables: they fit into a database of the same one only. */
  migration: z.number(),
  /** Entries before `SHA256SUMS`. */
  entries: z.int().min(0),
  /** SHA-256 of `SHA256SUMS`, hexadecimal. */
  sums: z.string(),
});

export type Manifest = z.output<typeof manifestSchema>;

const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,255}$/;
const PART = /^tables\/([a-z_]+)\/\d{6}\.jsonl$/;

/** The table of which an entry holds rows. */
export const tableOf = (name: string): string | undefined => PART.exec(name)?.[1];

/** The path in the data folder of the file that an entry holds; undefined for another entry, or a path that leads elsewhere. */
export function pathOf(name: string): string | undefined {
  const [first, ...segments] = name.split("/");
  const isPath = first === "files" && segments.length > 0 && segments.every((segment) => SEGMENT.test(segment));
  return isPath ? segments.join("/") : undefined;
}

export const partName = (table: string, part: number): string =>
  `tables/${table}/${String(part).padStart(6, "0")}.jsonl`;
