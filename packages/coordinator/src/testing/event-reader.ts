/** A server-sent event as it came. */
export interface ReadEvent {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API says; tests look into it
  readonly data: any;
}

/** Reads a stream of server-sent events: line by line, without a library, so that a fault of the one does not hide in the other. */
export class EventReader implements Disposable {
  readonly #abort = new AbortController();
  readonly #events: ReadEvent[] = [];
  #ended = false;
  #wake = () => {};

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    const reader = new EventReader();
    const response = await fetch(url, { headers, signal: reader.#abort.signal });
    if (response.status !== 200 || response.body === null) throw new Error(`the stream has status ${response.status}`);
    void reader.#read(response.body);
    return reader;
  }

  /** Events up to and with the first one that this is true of. */
  async until(isLast: (event: ReadEvent) => boolean, timeoutMs = 10_000): Promise<ReadEvent[]> {
    const taken: ReadEvent[] = [];
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        taken.push(next);
        if (isLast(next)) return taken;
      }
      if (this.#ended || Date.now() > deadline)
        throw new Error(`it did not come; these did: ${JSON.stringify(taken).slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now() + 1);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = "";
    try {
      for await (const piece of body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + piece).split("\n\n");
        text = blocks.pop() ?? "";
        this.#events.push(...blocks.flatMap(eventOf));
        this.#wake();
      }
    } catch {
      // It was broken off.
    }
    this.#ended = true;
    this.#wake();
  }
}

function eventOf(block: string): ReadEvent[] {
  const fields = new Map(block.split("\n").map((line) => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 2)]));
  const data = fields.get("data");
  return data === undefined ? [] : [{ id: fields.get("id"), event: fields.get("event") ?? "", data: JSON.parse(data) }];
}
