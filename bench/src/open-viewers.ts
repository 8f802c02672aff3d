import { request } from "node:http";
import type { LocalFederation } from "@tributary/cli";

/** Opens the streams that as many pages of a job have, and takes what comes. @returns how to close them */
export function openViewers({ url, adminToken }: LocalFederation, job: string, count: number): () => void {
  const headers = { authorization: `Bearer ${adminToken}`, accept: "text/event-stream" };
  const streams = Array.from({ length: count }, () => ["/v1/events", `/v1/jobs/${job}/events?from=now`])
    .flat()
    .map((path) => {
      const stream = request(url + path, { headers, agent: false }, (response) => response.resume());
      // It is broken off at the end.
      stream.on("error", () => undefined).end();
      return stream;
    });
  return () => {
    for (const stream of streams) stream.destroy();
  };
}
