/** A growing list of float32 numbers, at 4 bytes each. */
export class FloatList {
  private numbers = new Float32Array(4_096);
  private length = 0;

  push(value: number): void {
    if (this.length === this.numbers.length) {
      const larger = new Float32Array(this.length * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.length++] = value;
  }

  /** The numbers; the list is not used afterwards. */
  take(): Float32Array {
    return this.numbers.slice(0, this.length);
  }
}
