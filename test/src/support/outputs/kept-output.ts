import { appendFileSync } from "node:fs";
import { type GivenSecrets, givenSecrets, type Start } from "./given-secrets.js";

/** How the files are named that hold what a process printed, and its secrets, each as a line of JSON. */
export const OUTPUT = ".output";
export const SECRETS = ".secrets";

/** Keeps in files what a process prints, and the secrets that it was given. */
export class KeptOutput {
  readonly #file: string;
  readonly #secrets: GivenSecrets;
  #isSilent = true;

  /** @param file path without its ending */
  constructor(file: string, start: Start) {
    this.#file = file;
    this.#secrets = givenSecrets(start);
    this.#keep(this.#secrets.known);
  }

  print(chunk: Uint8Array | string): void {
    if (this.#isSilent) this.#keep(this.#secrets.inFiles());
    this.#isSilent = false;
    append(`${this.#file}${OUTPUT}`, chunk);
  }

  /** The process has ended: files that it made are there now. */
  end(): void {
    this.#keep(this.#secrets.inFiles());
  }

  #keep(secrets: readonly string[]): void {
    append(`${this.#file}${SECRETS}`, secrets.map((text) => `${JSON.stringify(text)}\n`).join(""));
  }
}

/** Whoever watches may have ended, and its folder with it. */
function append(path: string, text: string | Uint8Array): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
