import type { AskedName } from "./asked.js";
import { type CommandPlace, type PlacedOption, steps, valued } from "./command-places.js";

/** A script that completes `tributary` in fish. */
export function fishScript(places: readonly CommandPlace[]): string {
  return `# Completes tributary in fish: tributary completion fish | source
function __tributary_at
    set -l at ''
    set -l isValue no
    for word in (commandline -opc | tail -n +2)
        if test $isValue = yes
            set isValue no
            continue
        end
        switch "$at $word"
            case ${steps(places).map(fishWord).join(" ")}
                set at "$at/$word"
            case ${valued(places)
              .map(({ key }) => fishWord(key))
              .join(" ")}
                set isValue yes
        end
    end
    test "$at" = "$argv[1]"
end
complete -c tributary -e
${places.flatMap(linesOf).join("\n")}
`;
}

function linesOf({ at, words, options, asked }: CommandPlace): string[] {
  const here = `complete -c tributary -n ${fishWord(`__tributary_at ${fishWord(at)}`)}`;
  return [
    ...(asked === undefined ? [] : [`${here} -f -a ${fishWord(asking(asked))}`]),
    ...words.map(({ word, about }) => `${here} -f -a ${fishWord(word)} -d ${fishWord(about)}`),
    ...options.map((option) => `${here} ${optionText(option)}`),
  ];
}

const asking = (asked: AskedName): string =>
  `(commandline -cp | tributary completion fish --values ${asked} 2>/dev/null)`;

function optionText({ flags, about, takesValue, choices, asked }: PlacedOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const offered = asked === undefined ? choices.join(" ") : asking(asked);
  const value = offered !== "" ? `-x -a ${fishWord(offered)}` : takesValue ? "-r -F" : "";
  return [...names, value, "-d", fishWord(about)].filter((part) => part !== "").join(" ");
}

const fishWord = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
