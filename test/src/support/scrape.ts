import { metricsUrl } from "./metrics-url.js";

/** The metrics of a coordinator, as Prometheus would read them. */
export async function ofCoordinator({ url, adminToken }: { url: string; adminToken: string }): Promise<string> {
  return (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })).text();
}

/** Those of the worker that writes this log. */
export const ofWorker = async (log: string): Promise<string> => (await fetch(await metricsUrl(log))).text();
