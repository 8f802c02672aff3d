import { type IPty, spawn } from "@lydell/node-pty";
import { commandFile } from "@tributary/cli";
import xterm from "@xterm/headless";
import { watchTerminal } from "./outputs/watch-terminal.js";

export interface PseudoTerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than `tributary`, and its first arguments. */
  readonly program?: readonly [string, ...string[]];
}

/** A `tributary` command, or another program, in a terminal of its own: what it shows is read off the screen, and keys are pressed. */
export class PseudoTerminal implements Disposable {
  readonly #process: IPty;
  readonly #screen: InstanceType<typeof xterm.Terminal>;
  /** The code that the command ended with. */
  readonly exitCode: Promise<number>;
  /** Everything that it wrote. */
  output = "";
  #isRunning = true;

  constructor(
    args: readonly string[],
    { columns = 120, rows = 40, env = {}, program = [process.execPath, commandFile] }: PseudoTerminalOptions = {},
  ) {
    const [file, ...first] = program;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1_000 });
    const variables = { ...interactive(process.env), ...env };
    const kept = watchTerminal(args, variables);
    this.#process = spawn(file, [...first, ...args], {
      // The name becomes TERM, whatever the variables say.
      ...{ name: env.TERM ?? "xterm-256color", cols: columns, rows },
      env: variables,
    });
    this.#process.onData((data) => {
      kept?.print(data);
      this.output += data;
      this.#screen.write(data);
    });
    this.exitCode = new Promise((resolve) => {
      this.#process.onExit(({ exitCode }) => {
        this.#isRunning = false;
        kept?.end();
        // What is written is parsed a little later.
        this.#screen.write("", () => resolve(exitCode));
      });
    });
  }

  /** The lines of the screen, without the blank at their ends. */
  get lines(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, at) => active.getLine(active.baseY + at)?.translateToString(true) ?? "",
    );
  }

  get text(): string {
    return this.lines.join("\n");
  }

  /** Whether a program has taken the whole screen. */
  get isTaken(): boolean {
    return this.#screen.buffer.active.type === "alternate";
  }

  /** Whether the cursor is to be seen, as it was last asked for. */
  get hasCursor(): boolean {
    return this.output.lastIndexOf("\u001b[?25h") >= this.output.lastIndexOf("\u001b[?25l");
  }

  /** What the screen shows as soon as it shows this. */
  async until(shown: RegExp, ms = 60_000): Promise<string> {
    const end = performance.now() + ms;
    while (!shown.test(this.text)) {
      if (performance.now() > end) throw new Error(`${shown} did not appear on:\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return this.text;
  }

  press(keys: string): void {
    this.#process.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  [Symbol.dispose](): void {
    if (this.#isRunning) this.#process.kill("SIGKILL");
    this.#screen.dispose();
  }
}

/** The variables of this process but those that ask for plain lines. */
const interactive = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(env).filter(([name]) => !["CI", "CONTINUOUS_INTEGRATION", "NO_COLOR"].includes(name)),
  );
