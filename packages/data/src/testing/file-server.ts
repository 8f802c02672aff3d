import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** Answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server on this machine: for each request the next of the answers, and the last one for all that follow. */
export async function serve(...answers: Answer[]) {
  const requests: { readonly url: string | undefined; readonly range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url, range: request.headers.range });
    answers[Math.min(requests.length, answers.length) - 1]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The whole of it, or the part that is asked for. */
export const whole =
  (content: Uint8Array): Answer =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from > 0) response.setHeader("content-range", `bytes ${from}-${content.length - 1}/${content.length}`);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": content.length - from });
    response.end(content.subarray(from));
  };

/** Says that all will come, and closes the connection after some of it. */
export const cutOff =
  (content: Uint8Array, after: number): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, after), () => response.destroy());
  };

/** Says that all will come, and falls silent after some of it. */
export const silent =
  (content: Uint8Array, after: number): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, after));
  };

export const status =
  (code: number): Answer =>
  (_, response) => {
    response.writeHead(code).end("no file");
  };
