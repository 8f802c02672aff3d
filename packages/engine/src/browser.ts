/** What of this package runs in a browser: a trained network on one sample after another, and as a file of TensorFlow.js. */
export { browserBackend } from "./backend/browser-backend.js";
export { BrowserPredictor } from "./inference/browser-predictor.js";
export { exportTfjs } from "./layers-model/export-tfjs.js";
