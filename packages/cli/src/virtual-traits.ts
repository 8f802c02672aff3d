import { tagSchema } from "@tributary/federation";
import { TributaryError } from "@tributary/protocol";
import type { VirtualShard } from "@tributary/simulation";
import { InvalidArgumentError } from "commander";

/** What some virtual workers are given, by their numbers from 0; undefined: all of them. */
interface Given<Value> {
  readonly value: Value;
  readonly workers: readonly (readonly [first: number, last: number])[] | undefined;
}

export type GivenTag = Given<string>;
export type GivenMemory = Given<number>;

/** "gpu=0-4,7": the tag of virtual workers 0 to 4 and 7; "gpu": of all. An option's parser; it may be given again. */
export function tagOf(text: string, earlier: readonly GivenTag[]): readonly GivenTag[] {
  const { value, workers } = parted(text);
  const { success, error } = tagSchema.safeParse(value);
  if (!success) throw new InvalidArgumentError(`a tag has ${error.issues[0]?.message}.`);
  return [...earlier, { value, workers }];
}

/** "8000000000=0-4": the bytes of memory of virtual workers 0 to 4. An option's parser; of two for one worker the later holds. */
export function memoryOf(text: string, earlier: readonly GivenMemory[]): readonly GivenMemory[] {
  const { value, workers } = parted(text);
  if (!/^[1-9]\d{0,15}$/.test(value)) throw new InvalidArgumentError("bytes are wanted: 8000000000 or 8000000000=0-4.");
  return [...earlier, { value: Number(value), workers }];
}

/** The shards with what their workers are given. @throws TributaryError `invalid_request` for a worker that there is not */
export function withTraits(
  shards: readonly VirtualShard[],
  tags: readonly GivenTag[],
  memories: readonly GivenMemory[],
): VirtualShard[] {
  const last = Math.max(...[...tags, ...memories].flatMap(({ workers = [] }) => workers.flat()));
  if (last >= shards.length)
    throw new TributaryError(
      "invalid_request",
      `there is no virtual worker ${last}: they are 0 to ${shards.length - 1}`,
    );
  return shards.map((shard, index) => {
    const own = tags.filter(isFor(index)).map(({ value }) => value);
    const memory = memories.findLast(isFor(index))?.value;
    return { ...shard, ...(own.length > 0 && { tags: own }), ...(memory !== undefined && { memory }) };
  });
}

const isFor =
  (index: number) =>
  ({ workers }: Given<unknown>): boolean =>
    workers === undefined || workers.some(([first, last]) => first <= index && index <= last);

function parted(text: string): Given<string> {
  const [value = "", numbers, ...more] = text.split("=");
  if (more.length > 0) throw new InvalidArgumentError("one = is wanted: gpu=0-4,7.");
  return { value, workers: numbers?.split(",").map(rangeOf) };
}

function rangeOf(text: string): readonly [number, number] {
  const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text.trim()) ?? [];
  if (first === undefined || Number(first) > Number(last))
    throw new InvalidArgumentError("numbers of virtual workers are wanted after the =: 0-4,7.");
  return [Number(first), Number(last)];
}
