import { log } from "./log.mjs";

/**
 * @typedef {object} Outcome
 * @property {string} said the end of the line, e.g. `341 packages`
 * @property {boolean} [idle] there was nothing to do; a quiet report does not mention it
 *
 * @typedef {object} Report
 * @property {<T extends Outcome>(doing: string, body: () => Promise<T>) => Promise<T>} step does one thing and prints one line
 *   about it
 * @property {(text: string) => void} say prints a line
 */

/**
 * Prints a line per step: what it does, how it ended, how long it took. Nothing is redrawn, so a log file reads as a terminal.
 *
 * @param {{ stream?: NodeJS.WritableStream, quiet?: boolean }} [options] quiet: only steps that had something to do
 * @returns {Report}
 */
export function createReport({ stream = process.stdout, quiet = false } = {}) {
  /** @param {string} text */
  const write = (text) => void stream.write(text);
  return {
    async step(doing, body) {
      const started = performance.now();
      const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
      if (!quiet) write(`${doing} … `);
      try {
        const outcome = await body();
        const line = `${outcome.said} (${seconds()})`;
        log(`${doing} … ${line}`);
        if (!quiet) write(`${line}\n`);
        else if (!outcome.idle) write(`${doing} … ${line}\n`);
        return outcome;
      } catch (error) {
        write(quiet ? `${doing} … failed (${seconds()})\n` : `failed (${seconds()})\n`);
        throw error;
      }
    },
    say(text) {
      log(text);
      write(`${text}\n`);
    },
  };
}
