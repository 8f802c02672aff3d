/**
 * A sum of float64 without rounding until it is read (Shewchuk 1997, as Python's math.fsum does it), so that the order of its
 * terms does not matter.
 */
export class ExactSum {
  /** Numbers that do not overlap, smallest first; their exact sum is the sum. */
  #parts: number[] = [];
  /** Infinities and NaN have no parts. */
  #odd = 0;

  add(term: number): void {
    if (!Number.isFinite(term)) {
      this.#odd += term;
      return;
    }
    let carried = term;
    const parts: number[] = [];
    for (const part of this.#parts) {
      const [large, small] = Math.abs(carried) < Math.abs(part) ? [part, carried] : [carried, part];
      carried = large + small;
      const lost = small - (carried - large);
      if (lost !== 0) parts.push(lost);
    }
    if (Number.isFinite(carried)) this.#parts = [...parts, carried];
    else this.#odd += carried;
  }

  get value(): number {
    return this.#odd === 0 ? rounded(this.#parts) : this.#odd;
  }
}

/** The number that is nearest to the sum of `parts`, the even one of two. */
function rounded(parts: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  let at = parts.length - 1;
  for (; at >= 0 && lost === 0; at--) {
    const before = sum;
    const part = parts[at] ?? 0;
    sum = before + part;
    lost = part - (sum - before);
  }
  // Half-way between two numbers, the parts that are left decide.
  const next = parts[at] ?? 0;
  if ((lost < 0 && next < 0) || (lost > 0 && next > 0)) {
    const doubled = lost * 2;
    const up = sum + doubled;
    if (doubled === up - sum) return up;
  }
  return sum;
}
