import { readFileSync, renameSync, writeFileSync } from "node:fs";

/**
 * The faults that wait for one process and its successors: a file with one fault a line. A process suffers the first; before it
 * does, the line is taken out, so that the process that is started in its place meets the next. Written and renamed: whole, or as
 * it was.
 */
export class FaultQueue {
  constructor(readonly file: string) {}

  /** The faults that wait, the next one first. */
  read(): string[] {
    try {
      return readFileSync(this.file, "utf8")
        .split("\n")
        .filter((line) => line !== "");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  }

  write(faults: readonly string[]): void {
    const written = `${this.file}.${process.pid}`;
    writeFileSync(written, faults.join("\n"));
    renameSync(written, this.file);
  }
}
