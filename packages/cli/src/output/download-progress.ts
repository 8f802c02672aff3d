import type { DownloadProgress as State } from "@tributary/data";
import { Presets, SingleBar } from "cli-progress";
import { bytes } from "./format.js";

/** Shows downloads as they come in: a bar for each file on a terminal, else a line when one begins. All goes to standard error. */
export class DownloadProgress {
  private bar: SingleBar | undefined;
  private file: string | undefined;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  show({ file, received, total }: State): void {
    if (file !== this.file) this.begin(file, total);
    this.bar?.update(received, { size: `${bytes(received)} of ${bytes(total)}` });
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
  }

  private begin(file: string, total: number): void {
    this.stop();
    this.file = file;
    if (!this.stream.isTTY) {
      this.stream.write(`downloading ${file}, ${bytes(total)}\n`);
      return;
    }
    const format = `{bar} ${file} · {percentage} % · {size} · {eta_formatted} left`;
    this.bar = new SingleBar({ format, stream: this.stream, hideCursor: true }, Presets.shades_classic);
    this.bar.start(total, 0, { size: bytes(0) });
  }
}
