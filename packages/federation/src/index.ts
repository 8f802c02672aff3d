export * from "./job/job-spec.js";
export * from "./round/cohort.js";
export * from "./round/events.js";
export * from "./round/machine.js";
