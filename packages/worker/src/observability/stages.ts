import type { Span, Tracing } from "@tributary/tracing";
import type { Phase, WorkerMetrics } from "./metrics.js";

/** The parts of one piece of work, as they are measured and traced. */
export class Stages {
  constructor(
    private readonly metrics: WorkerMetrics,
    private readonly tracing: Tracing,
    /** Of the whole work. */
    private readonly span: Span,
  ) {}

  /** Does a part of the work. What fails took its time as well. */
  async run<T>(phase: Phase, part: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const span = this.tracing.begin(phase, { parent: this.span });
    try {
      return await part();
    } finally {
      span.end();
      this.metrics.phaseSeconds.observe({ phase }, (performance.now() - began) / 1000);
    }
  }

  /** The work came to nothing. */
  failed(code: string): void {
    this.span.setAttribute("tributary.code", code);
  }
}
