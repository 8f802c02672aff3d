import { type CommandPlace, quoted, steps, valued } from "./command-places.js";

/** A script that completes `tributary` in bash, also in that of macOS: commands, options, their choices, and else names of files. */
export function bashScript(places: readonly CommandPlace[]): string {
  const values = valued(places);
  return `# Completes tributary in bash: source <(tributary completion bash)
_tributary() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" words="" i=1
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $cur == = ]]; then cur=""; elif [[ $prev == = ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  while ((i < COMP_CWORD)); do
    case "$at \${COMP_WORDS[i]}" in
${patterns(steps(places))}
        at="$at/\${COMP_WORDS[i]}" ;;
${patterns(values.map(({ key }) => key))}
        ((i += 1)); if [[ \${COMP_WORDS[i]} == = ]]; then ((i += 1)); fi ;;
    esac
    ((i += 1))
  done
  case "$at $prev" in
${values
  .filter(({ choices }) => choices.length > 0)
  .map(({ key, choices }) => `    ${quoted(key)}) words=${quoted(choices.join(" "))} ;;`)
  .join("\n")}
${patterns(values.filter(({ choices }) => choices.length === 0).map(({ key }) => key))}
        return ;;
    *)
      case "$at $cur" in
${places.map(placeCases).join("\n")}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _tributary tributary
`;
}

function placeCases({ at, options, words }: CommandPlace): string {
  const flags = options.flatMap((option) => option.flags).join(" ");
  const names = words.map(({ word }) => word).join(" ");
  return `        ${quoted(`${at} -`)}*) words=${quoted(flags)} ;;\n        ${quoted(`${at} `)}*) words=${quoted(names)} ;;`;
}

const patterns = (keys: readonly string[]): string => `      ${keys.map(quoted).join("|")})`;
