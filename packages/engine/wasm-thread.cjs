// A thread of the wasm backend. tfjs-backend-wasm carries the script of its threads as a string for browsers, with the escapes
// of its own line ends already resolved; in Node it runs as a function that is given what it looks for in a CommonJS module.
const {
  wasmWorkerContents,
} = require("@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js");

new Function("require", "__filename", wasmWorkerContents.replaceAll("\n", "\\n"))(require, __filename);
