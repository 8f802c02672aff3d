import {
  BoundsCheck,
  type ExpectedParameter,
  encodedSize,
  type JobSpec,
  ParameterAdmission,
  partsOfUpdate,
  strategyOf,
} from "@tributary/federation";
import type { Graph } from "@tributary/nn";
import type { ParameterSet } from "@tributary/protocol";
import { parametersIn } from "../aggregator/vector.js";

/** Values are looked at where they lie. */
const bounds = new BoundsCheck({ wasm: false });

/**
 * The checks that an update's values pass at the coordinator. Workers that don't train all return the memory that the global model
 * lies in: that is looked at once a round.
 */
export class Admission {
  /** Values that passed, and do not change while the round lasts. */
  #passed: Float32Array | undefined;
  readonly #expected: readonly ExpectedParameter[];
  /** Of an update's blob, bytes. */
  readonly size: number;

  constructor(
    private readonly spec: JobSpec,
    private readonly graph: Graph,
  ) {
    this.#expected = partsOfUpdate(graph, strategyOf(spec).objective.returns);
    this.size = encodedSize(this.#expected);
  }

  /** A round opens: memory that was used before may hold other values. */
  open(): void {
    this.#passed = undefined;
  }

  /** @param returned what came besides the model @throws TributaryError `update_not_finite`, `update_out_of_range` */
  check(values: Float32Array, returned: ParameterSet = []): void {
    if (values === this.#passed) return;
    const admission = new ParameterAdmission(this.#expected, this.spec.admission.maxAbs, bounds);
    for (const { name, shape, values: part } of [...parametersIn(this.graph, values), ...returned]) {
      admission.parameter(name, shape);
      admission.values(part);
    }
    admission.end();
    this.#passed = values;
  }
}
