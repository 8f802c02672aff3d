import { Command } from "commander";
import { dataDownload } from "./data-download.js";
import { dataPartition } from "./data-partition.js";
import { dataPicture } from "./data-picture.js";
import { dataShow } from "./data-show.js";

/** `tributary data …`: what has to do with data sets. */
export const data = (): Command => {
  const command = new Command("data")
    .description("data sets and shards")
    .addHelpText("after", "\nExample:\n  tributary data show shards/alice");
  for (const part of [dataPartition, dataShow, dataPicture, dataDownload]) command.addCommand(part());
  return command;
};
