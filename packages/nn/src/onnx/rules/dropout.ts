import type { OnnxRule, OnnxRules } from "../rule.js";

/** Without training it does nothing. */
const identity: OnnxRule = ({ x }) => ({ op: "Identity", inputs: [x] });

export const dropout: OnnxRules = { dropout: identity, dropout2d: identity };
