import { homedir } from "node:os";
import { expect, it } from "vitest";
import { clientFlagsOf, partLine } from "./line.js";

it.each<[string, readonly string[], string]>([
  ["tributary job show ", ["tributary", "job", "show"], ""],
  ["tributary job show ab", ["tributary", "job", "show"], "ab"],
  ["tributary job show ab\n", ["tributary", "job", "show"], "ab"],
  ["tributary job submit --from=ab@1", ["tributary", "job", "submit"], "ab@1"],
  ["a 'b c' \"d e\" f\\ g h", ["a", "b c", "d e", "f g"], "h"],
  ["a --token-file ~/t x", ["a", "--token-file", `${homedir()}/t`], "x"],
  ["a 'b c", ["a"], "b c"],
  ["", [], ""],
])("%j is parted into words as a shell does", (line, before, begun) => {
  expect(partLine(line)).toEqual({ before, begun });
});

it("knows how the coordinator is reached, whatever else the line has", () => {
  const words = [
    "job",
    "submit",
    "x.yaml",
    "--nothing",
    "1",
    "--coordinator=http://a:1",
    "--token-file",
    "t",
    "--watch",
  ];
  expect(clientFlagsOf(words)).toMatchObject({ coordinator: "http://a:1", tokenFile: "t" });
  expect(() => clientFlagsOf(["job", "--coordinator"])).toThrow();
});
