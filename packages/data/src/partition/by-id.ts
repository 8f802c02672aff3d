import { stream, TributaryError } from "@tributary/protocol";
import type { NaturalIds } from "../natural-ids.js";
import { cut } from "./cut.js";

/**
 * All samples of one id stay together: a shard for each id, sorted by id, or `shards` of them among which the ids are dealt out, as
 * evenly as their number allows. Source: Caldas et al. 2018, "LEAF", where each writer or user is a client.
 */
export function byId(ids: NaturalIds | undefined, shards: number | undefined, seed: number): number[][] {
  const holders = holdersOf(ids, shards, seed);
  const shardOf = new Map(holders.flatMap((places, shard) => places.map((place) => [place, shard] as const)));
  const parts: number[][] = holders.map(() => []);
  for (const [index, place] of (ids?.of ?? []).entries()) parts[shardOf.get(place) ?? -1]?.push(index);
  return parts;
}

/** How many shards there will be. @throws TributaryError `invalid_request` when the samples have no ids, or too few */
export function idShards(ids: NaturalIds | undefined, shards: number | undefined): number {
  if (ids === undefined)
    throw new TributaryError("invalid_request", "the samples have no ids to deal them out by", {
      hint: "Name the column, the array or the folders that hold them.",
    });
  if (shards !== undefined && shards > ids.names.length)
    throw new TributaryError("invalid_request", `${ids.names.length} ids can't be dealt out to ${shards} workers`, {
      hint: "Ask for at most one worker an id.",
    });
  return shards ?? ids.names.length;
}

/** For each shard, the places of its ids in `names`. */
function holdersOf(ids: NaturalIds | undefined, shards: number | undefined, seed: number): number[][] {
  const count = idShards(ids, shards);
  const places = Array.from({ length: ids?.names.length ?? 0 }, (_, place) => place);
  return cut(shards === undefined ? places : stream(seed, "partition", "natural-id").shuffle(places), count);
}
