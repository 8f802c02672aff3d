import type { Graph } from "@tributary/nn";
import { jobOf, type ProjectAnswers } from "./answers.js";
import { composeText } from "./compose-text.js";
import { graphText } from "./graph-text.js";
import { jobText } from "./job-text.js";
import { readmeText } from "./readme-text.js";

export interface ProjectFile {
  /** From the project's folder on. */
  readonly path: string;
  readonly content: string;
}

const MODEL_FILE = "model.json";

/** All that a project may have. */
export const PROJECT_PATHS: readonly string[] = [
  "job.yaml",
  MODEL_FILE,
  "compose.yaml",
  "README.md",
  ".gitignore",
  ".env.example",
  ".env",
];

/**
 * All files of a project: the same answers give the same files.
 * @param checkout the folder of Tributary's own sources on this machine; undefined: there is none
 * @throws TributaryError what `jobOf` throws
 */
export function projectFiles(
  answers: ProjectAnswers,
  graph: Graph,
  checkout: string | undefined,
): readonly ProjectFile[] {
  const job = jobOf(answers, graph);
  return [
    { path: "job.yaml", content: jobText(job, `./${MODEL_FILE}`) },
    { path: MODEL_FILE, content: graphText(graph) },
    { path: "compose.yaml", content: composeText(answers) },
    { path: "README.md", content: readmeText(answers, graph.name) },
    { path: ".gitignore", content: ".env\n.tributary/\nshards/\n*.safetensors\n*.onnx\n" },
    { path: ".env.example", content: environmentText("/path/to/tributary") },
    ...(checkout === undefined ? [] : [{ path: ".env", content: environmentText(checkout) }]),
  ];
}

const environmentText = (checkout: string): string =>
  `# The folder of a checkout of Tributary: compose.yaml builds its image of it.\nTRIBUTARY_SOURCE='${checkout}'\n`;
