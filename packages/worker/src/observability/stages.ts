import type { Phase, WorkerMetrics } from "./metrics.js";

/** The parts of one piece of work, as they are measured. */
export class Stages {
  constructor(private readonly metrics: WorkerMetrics) {}

  /** Does a part of the work. What fails took its time as well. */
  async run<T>(phase: Phase, part: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await part();
    } finally {
      this.metrics.phaseSeconds.inc({ phase }, (performance.now() - began) / 1000);
    }
  }
}
