import { type CommandPlace, freelyValued, quoted, steps, type ValuedOption, valued } from "./command-places.js";

/**
 * A script that completes `tributary` in bash, also in that of macOS: commands, options, their choices, names that the coordinator
 * knows, and else names of files.
 */
export function bashScript(places: readonly CommandPlace[]): string {
  const values = valued(places);
  return `# Completes tributary in bash: source <(tributary completion bash)
_tributary() {
  local line="\${COMP_LINE:0:COMP_POINT}" own="$2" at="" words="" asked="" i=1 last cur prev reply IFS=$' \\t\\n'
  local -a said
  COMPREPLY=()
  read -ra said <<< "$line"
  if [[ $line == *[[:space:]] ]]; then said+=(""); fi
  last=$((\${#said[@]} - 1)) cur="\${said[last]}" prev="\${said[last-1]}"
  if [[ $cur == --*=* ]]; then prev="\${cur%%=*}" cur="\${cur#*=}"; fi
  while ((i < last)); do
    case "$at \${said[i]}" in
${patterns(steps(places))}
        at="$at/\${said[i]}" ;;
${patterns(values.map(({ key }) => key))}
        ((i += 1)) ;;
    esac
    ((i += 1))
  done
  case "$at $prev" in
${values.flatMap(valueCase).join("\n")}
${patterns(freelyValued(values).map(({ key }) => key))}
        return ;;
    *)
      case "$at $cur" in
${places.map(placeCases).join("\n")}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ $asked ]]; then
    # It is no name of a file, whoever answers. Bash 3 cannot say so.
    compopt +o default 2>/dev/null
    COMPREPLY+=($("\${COMP_WORDS[0]}" completion bash --values "$asked" <<< "$line" 2>/dev/null))
  fi
  # Bash parts words also at = @ and :, and what it puts another text in the place of is only the last part.
  if [[ $cur == *"$own" && \${#own} -lt \${#cur} ]]; then
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]="\${COMPREPLY[i]#"\${cur%"$own"}"}"; done
  fi
}
complete -o default -F _tributary tributary
`;
}

function valueCase({ key, choices, asked }: ValuedOption): readonly string[] {
  if (choices.length > 0) return [`    ${quoted(key)}) words=${quoted(choices.join(" "))} ;;`];
  return asked === undefined ? [] : [`    ${quoted(key)}) asked=${quoted(asked)} ;;`];
}

function placeCases({ at, options, words, asked }: CommandPlace): string {
  const flags = options.flatMap((option) => option.flags).join(" ");
  const names = words.map(({ word }) => word).join(" ");
  const more = asked === undefined ? "" : ` asked=${quoted(asked)}`;
  return `        ${quoted(`${at} -`)}*) words=${quoted(flags)} ;;\n        ${quoted(`${at} `)}*) words=${quoted(names)}${more} ;;`;
}

const patterns = (keys: readonly string[]): string => `      ${keys.map(quoted).join("|")})`;
