import { type ClassLossSettings, checkClassLoss, classLoss, labelLosses, probabilityLosses } from "./class-loss.js";
import type { Loss } from "./loss.js";

/** torch.nn.NLLLoss: the outputs are log-probabilities. Beyond PyTorch's, targets may be one-hot or probabilities. */
export interface NllSettings extends ClassLossSettings {
  readonly name: "nll";
}

/** Negative log-likelihood. @throws TributaryError `invalid_request` */
export function nll(settings: NllSettings): Loss {
  checkClassLoss(settings);
  return {
    apply: (tf, outputs, targets) =>
      classLoss(tf, settings, outputs, targets, {
        ofLabels: (rows, labels, weight) => labelLosses(tf, rows, labels, weight),
        ofProbabilities: (rows, probabilities, weight) => probabilityLosses(tf, rows, probabilities, weight),
      }),
  };
}
