/** What only the coordinator knows: an option or an argument of this name, as `<job>`, is completed by asking it. */
export const askedNames = ["job", "job@round", "worker", "webhook"] as const;

export type AskedName = (typeof askedNames)[number];

/** Of `--job <job>`, or of `job`. */
export const askedBy = (text: string): AskedName | undefined => {
  const name = /[<[]([^>\]]+)[>\]]/.exec(text)?.[1] ?? text;
  return askedNames.find((asked) => asked === name);
};
