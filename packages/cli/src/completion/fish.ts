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

function linesOf({ at, words, options }: CommandPlace): string[] {
  const here = `complete -c tributary -n ${fishWord(`__tributary_at ${fishWord(at)}`)}`;
  return [
    ...words.map(({ word, about }) => `${here} -f -a ${fishWord(word)} -d ${fishWord(about)}`),
    ...options.map((option) => `${here} ${optionText(option)}`),
  ];
}

function optionText({ flags, about, takesValue, choices }: PlacedOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = choices.length > 0 ? `-x -a ${fishWord(choices.join(" "))}` : takesValue ? "-r -F" : "";
  return [...names, value, "-d", fishWord(about)].filter((part) => part !== "").join(" ");
}

const fishWord = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
