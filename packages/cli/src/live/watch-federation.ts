import type { TributaryClient } from "@tributary/client";
import type { TributaryError } from "@tributary/protocol";
import { stopSignal } from "../signals.js";
import { type Absence, absence } from "./connection.js";
import { federationLines } from "./federation-lines.js";
import { FederationState } from "./federation-state.js";
import { openScreen } from "./open-screen.js";

/** Lines that a page moves. */
const PAGE = 10;

/**
 * Shows the federation on the whole terminal, until a person has seen enough. A coordinator that is away is waited for.
 * @throws TributaryError what the coordinator refuses with
 */
export async function watchFederationLive(
  client: TributaryClient,
  { withJobs }: { readonly withJobs: boolean },
): Promise<void> {
  // What is refused, or not there at all, is said before the screen is taken.
  await client.workers.list();
  const federation = new FederationState();
  let gone: Absence | undefined;
  let above = 0;
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, stopSignal()]);
  const screen = await openScreen({
    lines: (size) => federationLines({ federation, gone, withJobs, above }, size, Date.now()),
    pressed: (key) => {
      if (key === "leave") return leaving.abort();
      above = Math.max(0, Math.min(federation.workers.length - 1, above + (steps[key] ?? 0)));
      screen.changed();
    },
  });
  const onConnection = (lost: TributaryError | undefined) => {
    gone = absence(gone, lost, Date.now());
    screen.changed();
  };
  try {
    for await (const notice of client.watchFederation({
      signal,
      patienceMs: Number.POSITIVE_INFINITY,
      onConnection,
    })) {
      federation.take(notice);
      screen.changed();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    screen.close();
  }
}

const steps: Readonly<Record<string, number>> = { up: -1, down: 1, "page up": -PAGE, "page down": PAGE };
