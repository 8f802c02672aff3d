import { type CommandPlace, quoted, steps, valued } from "./command-places.js";

/** A script that completes `tributary` in zsh, sourced or as a file `_tributary` of `$fpath`. */
export function zshScript(places: readonly CommandPlace[]): string {
  const values = valued(places);
  return `#compdef tributary
# Completes tributary in zsh: source <(tributary completion zsh)
_tributary() {
  local at='' cur=\${words[CURRENT]} prev=\${words[CURRENT-1]}
  local -i i=2
  local -a found
  while (( i < CURRENT )); do
    case "$at \${words[i]}" in
${patterns(steps(places))}
        at="$at/\${words[i]}" ;;
${patterns(values.map(({ key }) => key))}
        (( i += 1 )) ;;
    esac
    (( i += 1 ))
  done
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    compset -P '*='
  fi
  case "$at $prev" in
${values
  .filter(({ choices }) => choices.length > 0)
  .map(({ key, choices }) => `    (${quoted(key)}) compadd -- ${choices.map(quoted).join(" ")}; return ;;`)
  .join("\n")}
${patterns(values.filter(({ choices }) => choices.length === 0).map(({ key }) => key))}
        _files; return ;;
  esac
  case "$at $cur" in
${places.map(placeCases).join("\n")}
  esac
  if (( $#found )); then _describe tributary found; else _files; fi
}
if [[ \${funcstack[1]} == _tributary ]]; then _tributary "$@"; else compdef _tributary tributary; fi
`;
}

function placeCases({ at, options, words }: CommandPlace): string {
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.about)));
  const names = words.map(({ word, about }) => described(word, about));
  return `    (${quoted(`${at} -`)}*) found=(${flags.join(" ")}) ;;\n    (${quoted(`${at} `)}*) found=(${names.join(" ")}) ;;`;
}

const described = (word: string, about: string): string => quoted(`${word.replaceAll(":", "\\:")}:${about}`);

const patterns = (keys: readonly string[]): string => `      (${keys.map(quoted).join("|")})`;
