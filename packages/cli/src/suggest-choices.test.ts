import { expect, it } from "vitest";
import { program } from "./program.js";

/** What is said about a call that is wrong. */
async function complaintOf(...args: readonly string[]): Promise<string> {
  const root = await program(args[0]);
  let said = "";
  const configure = (command: typeof root): void => {
    command.configureOutput({
      writeErr: (text) => {
        said += text;
      },
    });
    command.commands.forEach(configure);
  };
  configure(root);
  await expect(root.parseAsync(args, { from: "user" })).rejects.toThrow();
  return said;
}

it.each([
  [
    ["worker", "--role", "evaluator", "--data", "."],
    /'--role <role>' argument 'evaluator' is invalid\. Allowed choices are .*; did you mean evaluate\?/,
  ],
  [["worker", "--codecs", "itn8", "--data", "."], /there is no stage "itn8"; did you mean int8\?/],
  [["job", "logs", "x", "--level", "eror"], /'eror' is invalid\. Allowed choices are .*; did you mean error\?/],
  [["job", "logs", "x", "--level", "debug"], /'debug' is invalid\. Allowed choices are warn, error\./],
  [
    ["webhook", "add", "http://127.0.0.1:9/", "--secret-file", "s", "--events", "job", "rounds"],
    /did you mean round\?/,
  ],
  [["completion", "bsh"], /'bsh' is invalid for argument 'shell'\. Allowed choices are .*; did you mean bash\?/],
  [["init", "--strategy", "fedadm"], /did you mean fedadam\?/],
  [["job", "wach", "x"], /Did you mean watch\?/],
  [["job", "watch", "x", "--plian"], /Did you mean --plain\?/],
])("tributary %j names what was meant", async (args, message) => {
  expect(await complaintOf(...args)).toMatch(message);
});
