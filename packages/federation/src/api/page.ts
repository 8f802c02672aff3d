import { z } from "zod";

/** Where the next page of a list begins: it is given back as `cursor`, as it is. */
export const nextSchema = z
  .string()
  .nullable()
  .describe("Give it as `cursor` for the next page; null when there is no more");
