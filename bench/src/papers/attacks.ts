import { stream } from "@tributary/protocol";
import type { Behaviour, VirtualShard } from "@tributary/simulation";

/** What attackers do in the table of robust rules. */
export const attacks = ["sign flip", "Gaussian", "label flip", "a little is enough"] as const;
/** Besides, attackers that flip one of their changes and all send that: rules that go by distances hold them for alike. */
export type Attack = (typeof attacks)[number] | "joint sign flip";

/** How much longer a flipped change is than the trained one: flipped alone it would only slow a mean down. */
const FLIPPED = 10;
/** Standard deviation of the noise that stands for a model. */
const NOISE = 100;
/** Deviations from the mean; the formula of Baruch et al. 2019 gives 0 for 2 attackers of 10, and 0.14 of 11. */
const LITTLE = 1.5;
const CLASSES = 10;

/** The first `count` workers attack, and know everything. */
export function attackers(
  attack: Attack,
  count: number,
  shards: readonly VirtualShard[],
  seed: number,
): ReadonlyMap<string, Behaviour> {
  const names = shards.map(({ name }) => name);
  const plan = { first: names[0] ?? "", seed, little: aLittle(names.slice(count)) };
  return new Map(names.slice(0, count).map((name) => [name, behaviourOf(attack, name, plan)]));
}

/** What all attackers of a job go by. */
interface Plan {
  readonly first: string;
  readonly seed: number;
  readonly little: Send;
}

function behaviourOf(attack: Attack, name: string, { first, seed, little }: Plan): Behaviour {
  switch (attack) {
    case "sign flip":
      return { send: (trained, { model }) => flipped(trained, model) };
    case "joint sign flip":
      return { send: async (_, { model, trainAs }) => flipped(await trainAs(first), model) };
    case "Gaussian":
      return {
        send: (trained, { round }) => {
          const random = stream(seed, "attack", round, name);
          return trained.map(() => NOISE * random.normal());
        },
      };
    case "label flip":
      return { label: (label) => CLASSES - 1 - label };
    case "a little is enough":
      return { send: little };
    default:
      return attack satisfies never;
  }
}

const flipped = (trained: Float32Array, model: Float32Array): Float32Array =>
  trained.map((value, at) => (1 + FLIPPED) * at0(model, at) - FLIPPED * value);

type Send = NonNullable<Behaviour["send"]>;

/**
 * "A little is enough" (Baruch et al. 2019): all attackers send the mean of the honest updates, moved by a few of their standard
 * deviations in each parameter. It is worked out once a round, for all attackers.
 */
function aLittle(honest: readonly string[]): Send {
  let newest: { readonly round: number; readonly values: Promise<Float32Array> } | undefined;
  return (_, { round, trainAs }) => {
    if (newest?.round !== round) newest = { round, values: Promise.all(honest.map(trainAs)).then(moved) };
    return newest.values;
  };
}

const moved = (updates: readonly Float32Array[]): Float32Array =>
  new Float32Array(updates[0]?.length ?? 0).map((_, at) => {
    const mean = updates.reduce((sum, update) => sum + at0(update, at), 0) / updates.length;
    const squares = updates.reduce((sum, update) => sum + (at0(update, at) - mean) ** 2, 0);
    return mean - LITTLE * Math.sqrt(squares / updates.length);
  });

const at0 = (values: Float32Array, at: number): number => values[at] ?? 0;
