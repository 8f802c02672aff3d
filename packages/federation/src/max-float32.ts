/** The largest float32: a number above it is none that a model, or a loss, can come to. */
export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;
