import type { Tensor } from "@tensorflow/tfjs-core";
import type { TensorFlow } from "../backend/backend.js";
export interface Clipping { readonly norm?: number; readonly value?: number }
export const clipGradients = (tf: TensorFlow, gradients: readonly Tensor[], clipping: Clipping): Tensor[] => [...gradients];
