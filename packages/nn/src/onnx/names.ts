/** Names of one ONNX graph, where inputs, parameters and what nodes make share one space. */
export class Names {
  private readonly taken = new Set<string>();

  /** Takes a name as it is, which must be free. */
  reserve(name: string): void {
    this.taken.add(name);
  }

  /** The wanted name, or where it is taken the wanted name with the next number that is free. */
  unique(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.taken.has(name); number++) name = `${wanted}_${number}`;
    this.taken.add(name);
    return name;
  }
}
