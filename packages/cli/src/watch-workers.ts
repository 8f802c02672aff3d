import type { TributaryClient } from "@tributary/client";
import type { WorkerView } from "@tributary/federation";
import { oneLine, TributaryError } from "@tributary/protocol";
import { print } from "./output/print.js";
import { stopSignal } from "./signals.js";

export interface WatchWorkersOptions {
  readonly json?: boolean;
}

/**
 * Prints a line for each worker that comes, goes or does something else, until it is asked to stop.
 * @throws TributaryError what the coordinator refuses with, or `coordinator_unreachable` and the like when it stays away
 */
export async function watchWorkers(client: TributaryClient, { json }: WatchWorkersOptions): Promise<void> {
  const known = new Map<string, string>();
  /** Those that are told of while the present state of all is; undefined in between. */
  let told: Set<string> | undefined;
  const forget = (name: string) => {
    if (!known.delete(name)) return;
    print(json ? JSON.stringify({ type: "forgotten", data: { name } }) : oneLine(`${now()}  ${name}  forgotten`));
  };
  try {
    for await (const notice of client.watchFederation({ signal: stopSignal() })) {
      if (notice.type === "reset") told = new Set();
      else if (notice.type === "forgotten") forget(notice.data.name);
      else if (notice.type === "worker") {
        const { name } = notice.data;
        told?.add(name);
        const doing = doingOf(notice.data);
        if (known.get(name) === doing) continue;
        known.set(name, doing);
        print(json ? JSON.stringify(notice) : oneLine(`${now()}  ${name}  ${doing}`));
      } else if (notice.type === "ready") {
        for (const name of [...known.keys()]) if (!told?.has(name)) forget(name);
        told = undefined;
      }
    }
  } catch (error) {
    // Who watches ends it so.
    if (!(error instanceof TributaryError && error.code === "aborted")) throw error;
  }
}

const doingOf = ({ state, job, round }: WorkerView): string =>
  job === null ? state : `${state}  job ${job} round ${round ?? 0}`;

const now = (): string => new Date().toISOString();
