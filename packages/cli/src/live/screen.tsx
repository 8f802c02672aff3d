import { Writable } from "node:stream";
import { Box, type Instance, render, Text, useInput } from "ink";
import type { Line } from "./line.js";
import type { Size } from "./size.js";

/** Least time between two drawings, ms. */
const PACE_MS = 100;
/** What says how long something takes is drawn again so often, ms. */
const TICK_MS = 1_000;

// Terminal sequences of xterm: the alternate screen, the whole of it erased, the cursor.
const ENTER = "\u001b[?1049h\u001b[2J\u001b[H";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const ERASE = "\u001b[2J\u001b[H";

/** A key that was pressed: a letter, or what the key does. */
export type Key = "leave" | "up" | "down" | "page up" | "page down" | (string & {});

export interface ScreenOptions {
  /** What is to be seen, on as many lines as there are. */
  readonly lines: (size: Size) => readonly Line[];
  readonly pressed: (key: Key) => void;
}

/**
 * The whole terminal, until it is closed: then it is as it was before. It is given back also when the process ends by itself or by
 * an error.
 */
export class Screen {
  readonly #terminal = new Terminal();
  readonly #ink: Instance;
  readonly #tick = setInterval(() => this.#draw(), TICK_MS);
  #pending: NodeJS.Timeout | undefined;
  #isOpen = true;

  constructor(private readonly options: ScreenOptions) {
    process.stdout.write(ENTER);
    // Before others: what they say of an error belongs on the screen that stays.
    process.prependListener("uncaughtException", this.close);
    process.prependListener("unhandledRejection", this.close);
    process.once("exit", this.close);
    process.stdout.on("resize", this.#resized);
    this.#ink = render(this.#view(), {
      stdout: this.#terminal as unknown as NodeJS.WriteStream,
      exitOnCtrlC: false,
      patchConsole: false,
    });
  }

  /** Something changed: it is drawn soon. */
  readonly changed = (): void => {
    if (this.#isOpen) this.#pending ??= setTimeout(() => this.#draw(), PACE_MS);
  };

  readonly close = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    clearInterval(this.#tick);
    clearTimeout(this.#pending);
    process.off("uncaughtException", this.close).off("unhandledRejection", this.close).off("exit", this.close);
    process.stdout.off("resize", this.#resized);
    this.#ink.unmount();
    process.stdout.write(LEAVE);
  };

  readonly #resized = (): void => {
    // What the terminal made of the lines of another size is not what was drawn.
    this.#ink.clear();
    process.stdout.write(ERASE);
    this.#draw();
  };

  #draw(): void {
    clearTimeout(this.#pending);
    this.#pending = undefined;
    if (this.#isOpen) this.#ink.rerender(this.#view());
  }

  #view() {
    const { columns, height } = this.#terminal;
    return <View lines={this.options.lines({ width: columns, height })} pressed={this.options.pressed} />;
  }
}

/**
 * The terminal as the drawing library may know it. It is not told how high it is: from a screen that is full it would erase also
 * what was printed before.
 */
class Terminal extends Writable {
  readonly isTTY = true;
  readonly rows = Number.MAX_SAFE_INTEGER;

  get columns(): number {
    return Math.max(1, process.stdout.columns || 80);
  }

  /** The last line stays free: the cursor is there. */
  get height(): number {
    return Math.max(1, (process.stdout.rows || 24) - 1);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    process.stdout.write(chunk, done);
  }
}

function View({ lines, pressed }: { readonly lines: readonly Line[]; readonly pressed: (key: Key) => void }) {
  useInput((input, key) => {
    if (input === "q" || key.escape || (key.ctrl && (input === "c" || input === "d"))) pressed("leave");
    else if (key.upArrow) pressed("up");
    else if (key.downArrow) pressed("down");
    else if (key.pageUp) pressed("page up");
    else if (key.pageDown) pressed("page down");
    else if (!key.ctrl && !key.meta) pressed(input);
  });
  return (
    <Box flexDirection="column">
      {lines.map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line of a screen is its place
        <Text key={at} wrap="truncate-end">
          {line.length === 0
            ? " "
            : line.map(({ text, color, bold = false, dim = false }, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: and so is a part of a line
                <Text key={place} bold={bold} dimColor={dim} {...(color && { color })}>
                  {text}
                </Text>
              ))}
        </Text>
      ))}
    </Box>
  );
}
