import { type CommandPlace, freelyValued, quoted, steps, type ValuedOption, valued } from "./command-places.js";

/** A script that completes `tributary` in zsh, sourced or as a file `_tributary` of `$fpath`. */
export function zshScript(places: readonly CommandPlace[]): string {
  const values = valued(places);
  return `#compdef tributary
# Completes tributary in zsh: source <(tributary completion zsh)
_tributary_asked() {
  local -a answered
  answered=(\${(f)"$(print -r -- "\${(j: :)words[1,CURRENT]}" | \${words[1]} completion zsh --values $1 2>/dev/null)"})
  if (( $#answered )); then _describe -V "$1" answered; fi
}
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
${values.flatMap(valueCase).join("\n")}
${patterns(freelyValued(values).map(({ key }) => key))}
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

function valueCase({ key, choices, asked }: ValuedOption): readonly string[] {
  if (choices.length > 0) return [`    (${quoted(key)}) compadd -- ${choices.map(quoted).join(" ")}; return ;;`];
  return asked === undefined ? [] : [`    (${quoted(key)}) _tributary_asked ${quoted(asked)}; return ;;`];
}

function placeCases({ at, options, words, asked }: CommandPlace): string {
  const flags = options.flatMap((option) => option.flags.map((flag) => described(flag, option.about)));
  const names = words.map(({ word, about }) => described(word, about));
  const more = asked === undefined ? "" : ` _tributary_asked ${quoted(asked)}; if (( ! $#found )); then return; fi`;
  return `    (${quoted(`${at} -`)}*) found=(${flags.join(" ")}) ;;\n    (${quoted(`${at} `)}*) found=(${names.join(" ")})${more && `;${more}`} ;;`;
}

const described = (word: string, about: string): string => quoted(`${word.replaceAll(":", "\\:")}:${about}`);

const patterns = (keys: readonly string[]): string => `      (${keys.map(quoted).join("|")})`;
