import { checkJobSpec } from "@tributary/federation";
import { Linear, trace } from "@tributary/nn";
import { describe, expect, it } from "vitest";
import { Admission } from "./admission.js";

const graph = trace(new Linear(2, 2), [2]);
const spec = checkJobSpec({ model: "lenet5", dataset: "mnist", admission: { maxAbs: 10 } });
const values = (...first: number[]) => Float32Array.from([...first, 0, 0, 0, 0, 0, 0].slice(0, 6));

describe("admission in memory", () => {
  it.each([
    [[10, -10], undefined],
    [[10.1], "update_out_of_range"],
    [[Number.NaN], "update_not_finite"],
    [[Number.NEGATIVE_INFINITY], "update_not_finite"],
  ])("of %j says %s", (first, code) => {
    const check = () => new Admission(spec, graph).check(values(...first));
    if (code === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code }));
  });

  it("looks at the same memory again in the next round", () => {
    const admission = new Admission(spec, graph);
    const memory = values(1);
    admission.open();
    admission.check(memory);
    memory[0] = 11;
    admission.open();
    expect(() => admission.check(memory)).toThrow(expect.objectContaining({ code: "update_out_of_range" }));
  });

  it("does not take other memory for what passed", () => {
    const admission = new Admission(spec, graph);
    admission.check(values(1));
    expect(() => admission.check(values(11))).toThrow(expect.objectContaining({ code: "update_out_of_range" }));
  });
});
