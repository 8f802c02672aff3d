/** Numbers of each worker's update. Their sums are added in the order of names: the same bits, whatever came first. */
export class ByWorker<Numbers extends Readonly<Record<string, number>>> {
  readonly #numbers = new Map<string, Numbers>();

  set(worker: string, numbers: Numbers): void {
    this.#numbers.set(worker, numbers);
  }

  get(worker: string): Numbers | undefined {
    return this.#numbers.get(worker);
  }

  max(of: (numbers: Numbers) => number): number {
    return [...this.#numbers.values()].reduce((most, numbers) => Math.max(most, of(numbers)), Number.NEGATIVE_INFINITY);
  }

  sum(of: (numbers: Numbers) => number): number {
    const names = [...this.#numbers.keys()].sort();
    return names.reduce((sum, name) => {
      const numbers = this.#numbers.get(name);
      return numbers === undefined ? sum : sum + of(numbers);
    }, 0);
  }
}
