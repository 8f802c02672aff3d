import type { PytorchPeer } from "./pytorch-peer.js";
import { median, rounded, say } from "./report.js";

/** Images a second, pass by pass. */
export interface Passes {
  readonly ours: number[];
  readonly pytorch: number[];
}

/**
 * Ours and the peer's passes take turns, so that a drift of the machine meets both. The first pass of each is a warm-up.
 * @param pass does one of ours @param images in a pass
 */
export async function inTurn(
  passes: number,
  images: number,
  pass: () => void | Promise<void>,
  peer: PytorchPeer | undefined,
): Promise<Passes> {
  const ours: number[] = [];
  const pytorch: number[] = [];
  for (let turn = 0; turn <= passes; turn++) {
    const began = performance.now();
    await pass();
    const speed = (images / (performance.now() - began)) * 1000;
    const peerSpeed = await peer?.pass();
    if (turn > 0) ours.push(rounded(speed));
    if (turn > 0 && peerSpeed !== undefined) pytorch.push(rounded(peerSpeed));
    const beside = peerSpeed === undefined ? "" : `, PyTorch ${peerSpeed.toFixed(0)}`;
    say(`${turn > 0 ? `pass ${turn}/${passes}` : "warm-up"}: ${speed.toFixed(0)} images/s${beside}`);
  }
  return { ours, pytorch };
}

/** Medians, and the median of the ratios of passes that stood side by side. */
export function compared(passes: Passes, peer: PytorchPeer | undefined) {
  const imagesPerSecond = rounded(median(passes.ours));
  if (peer === undefined) return { imagesPerSecond, passes };
  const pytorch = { version: peer.version, imagesPerSecond: rounded(median(passes.pytorch)) };
  const ratios = passes.ours.map((ours, turn) => ours / (passes.pytorch[turn] ?? Number.NaN));
  return { imagesPerSecond, peers: { pytorch }, ratio: { pytorch: rounded(median(ratios), 3) }, passes };
}
