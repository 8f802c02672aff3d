#!/usr/bin/env node
import { coordinatorBundle } from "./process/bundle.js";

const called = process.argv[2];
if (called === "coordinator") await import(coordinatorBundle() ?? "./process/coordinator.js");
else await import("./process/any.js");
