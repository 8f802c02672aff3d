import type { ProjectAnswers } from "./answers.js";

/** worker-1, worker-2 … */
export const workerNames = ({ workers }: Pick<ProjectAnswers, "workers">): readonly string[] =>
  Array.from({ length: workers }, (_, index) => `worker-${index + 1}`);
