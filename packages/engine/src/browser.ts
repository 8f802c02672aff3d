/** What of this package runs in a browser: a trained network on one sample after another. */
export { BrowserPredictor } from "./inference/browser-predictor.js";
