import { type LaidParameter, partsOfVector, type Vector } from "@tributary/federation";
import { type Graph, isFrozen } from "@tributary/nn";
import { elementCount, type ParameterSet } from "@tributary/protocol";

/** A run of numbers that training changes. */
interface Run {
  /** Where it begins in the vector of all parameters. */
  readonly at: number;
  /** Where it begins among the numbers that change. */
  readonly start: number;
  readonly elements: number;
  /** Of its parameter. */
  readonly shape: readonly number[];
}

/**
 * What of a model training changes: parameters that are trained, and buffers. Strategies see this part alone; the others stay
 * as they are, bit for bit, as they do at the coordinator.
 */
export class ChangingPart {
  /** How many numbers it has. */
  readonly elements: number;
  /** Its parameters, in the model's order. */
  readonly parameters: readonly LaidParameter[];
  /** Its runs, one for each parameter. */
  readonly runs: readonly Run[];

  constructor(private readonly graph: Graph) {
    const runs: Run[] = [];
    const laid: LaidParameter[] = [];
    let [at, start] = [0, 0];
    for (const parameter of graph.parameters) {
      const { name, shape, buffer } = parameter;
      const elements = elementCount(shape);
      if (!isFrozen(parameter)) {
        runs.push({ at, start, elements, shape });
        laid.push({ name, elements, buffer });
        start += elements;
      }
      at += elements;
    }
    this.elements = start;
    this.parameters = laid;
    this.runs = runs;
  }

  /** The parts of a vector of this length. @param vector its name */
  partsOf(vector: string, values: Float32Array): ParameterSet {
    let at = 0;
    return partsOfVector(vector, this.graph).map(({ name, shape }) => {
      const start = at;
      at += elementCount(shape);
      return { name, shape, values: values.subarray(start, at) };
    });
  }

  /** The vector whose parts are among these. @param vector its name */
  gathered(vector: string, parts: ParameterSet): Float32Array {
    const wanted = new Set(partsOfVector(vector, this.graph).map(({ name }) => name));
    const values = new Float32Array(this.elements);
    let at = 0;
    for (const part of parts.filter(({ name }) => wanted.has(name))) {
      values.set(part.values, at);
      at += part.values.length;
    }
    return values;
  }

  /** It of one model, as a strategy takes it. @param values of all parameters; they are not copied */
  vectorOf(values: Float32Array): Vector {
    const { runs } = this;
    return {
      async *slices() {
        for (const { at, elements } of runs) yield values.subarray(at, at + elements);
      },
      read: async (start, end) => this.read(values, start, end),
    };
  }

  /** Its numbers from `start` up to and without `end`, in memory of their own. @param values of all parameters */
  read(values: Float32Array, start: number, end: number): Float32Array {
    const part = new Float32Array(end - start);
    for (const run of this.runs) {
      const from = Math.max(start, run.start);
      const to = Math.min(end, run.start + run.elements);
      if (from < to) part.set(values.subarray(run.at + from - run.start, run.at + to - run.start), from - start);
    }
    return part;
  }
}
