import { TributaryError } from "@tributary/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJobSpec, parseJobSpec } from "./parse-job-spec.js";

describe("the text of a JobSpec", () => {
  const refusal = (message: string | RegExp) =>
    expect.objectContaining({ code: "invalid_job_spec", message: expect.stringMatching(message) });

  it.each<[string, string]>([
    ["{", "job.yaml: neither YAML nor JSON: Flow map"],
    ["a: [", "job.yaml: neither YAML nor JSON: Flow sequence"],
    ["model: a\nmodel: b", 'job.yaml: "model" is there twice'],
    ["model: a\n---\nmodel: b", "job.yaml: more than one YAML document"],
    ["a: *b", "job.yaml: neither YAML nor JSON: Unresolved alias"],
    ["rounds: &a [*a]", "job.yaml: an alias inside of what it stands for"],
    ["", "the JobSpec: an object with model and dataset is wanted, got null"],
  ])("%j is refused: %s", (text, message) => {
    expect(() => parseJobSpec(text, { file: "job.yaml" })).toThrow(refusal(`^${message}`));
  });

  it("does not run what a tag of another language asks for", () => {
    const spec = parseJobSpec('model: lenet5\ndataset: mnist\nname: !!js/function "() => 1"');
    expect(spec.name).toBe("() => 1");
  });

  const bomb = Array.from(
    { length: 10 },
    (_, level) => `a${level}: &a${level} [${Array(10).fill(level === 0 ? "x" : `*a${level - 1}`)}]`,
  );
  it.each<[string, string, string | RegExp]>([
    ["an alias bomb", bomb.join("\n"), "Excessive alias count"],
    ["many aliases", `- &a 1\n${"- *a\n".repeat(10_000)}`, "over 100 aliases"],
    ["lists in lists", "[".repeat(100_000), "too deep"],
    ["maps in maps", "{a: ".repeat(30_000), "too deep"],
    ["keys in keys", "? ".repeat(60_000), "too deep"],
    ["items in items", "- ".repeat(60_000), "too deep"],
    ["maps by indentation", Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"), "too deep"],
    ["many keys", Array.from({ length: 10_000 }, (_, index) => `k${index}: 1`).join("\n"), "and 9992 more"],
    ["much YAML", `a: ${"x".repeat(200_000)}`, "over 131072 characters of YAML; write it as JSON"],
    ["much JSON", `{"a": "${"x".repeat(17_000_000)}"}`, "over 16777216 characters"],
    ["JSON in JSON", `{"model": "lenet5", "dataset": ${"[".repeat(1e6)}${"]".repeat(1e6)}}`, "got a list"],
    ["broken JSON", `{"a": "${"x".repeat(200_000)}"`, "the JobSpec: not JSON"],
  ])("is refused in a moment when it holds %s", (_, text, message) => {
    const start = performance.now();
    expect(() => parseJobSpec(text)).toThrow(refusal(message));
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  it("never causes anything but a typed error, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ model: fc.jsonValue(), training: fc.jsonValue(), cohort: fc.jsonValue() }),
        ),
        (value) => {
          try {
            checkJobSpec(value);
          } catch (error) {
            expect(error).toBeInstanceOf(TributaryError);
          }
        },
      ),
    );
  });

  it("never causes anything but a typed error, whatever is written", () => {
    const piece = fc.constantFrom(
      ...["model: lenet5", "dataset: mnist", "\n", "  ", "- ", "? ", ": ", "a", "&a ", "*a", "!!map ", "|\n", ">-\n"],
      ...[
        "{",
        "}",
        "[",
        "]",
        ",",
        '"',
        "'",
        "#",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "\t",
        "\u0000",
        "\ud800",
        "__proto__: 1",
      ],
    );
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 60 }), (text) => {
        try {
          parseJobSpec(text);
        } catch (error) {
          expect(error).toBeInstanceOf(TributaryError);
          expect(String(error)).not.toMatch(/\n/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
