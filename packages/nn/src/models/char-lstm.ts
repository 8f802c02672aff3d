import { Embedding } from "../layers/embedding.js";
import { Linear } from "../layers/linear.js";
import { LSTM } from "../layers/recurrent.js";
import { Module } from "../module/module.js";
import type { Value } from "../module/value.js";

/**
 * The character network of McMahan et al. 2017: characters as indices, `[batch, 80]`, embedded in 8 dimensions, two LSTM layers of
 * 256 units, and logits of the character that comes next, `[batch, 90]`.
 */
export class CharLstm extends Module {
  embedding: Embedding;
  lstm: LSTM;
  fc: Linear;

  /** @param options `vocabulary` 90, `features` of the embedding 8, `hidden` 256 by default */
  constructor(options: { vocabulary?: number; features?: number; hidden?: number } = {}) {
    super();
    const { vocabulary = 90, features = 8, hidden = 256 } = options;
    this.embedding = new Embedding(vocabulary, features);
    this.lstm = new LSTM(features, hidden, { numLayers: 2 });
    this.fc = new Linear(hidden, vocabulary);
  }

  forward(characters: Value): Value {
    const { hidden } = this.lstm.states(this.embedding.forward(characters));
    return this.fc.forward(hidden.at(-1) ?? characters);
  }
}
