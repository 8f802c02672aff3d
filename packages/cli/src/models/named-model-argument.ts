import { modelNames } from "@tributary/nn";
import { Argument } from "commander";
import { offering } from "../completion/offered.js";

/** A network, by the name of one that there is or by a file. */
export const namedModelArgument = (about: string): Argument => offering(new Argument("<model>", about), modelNames);
