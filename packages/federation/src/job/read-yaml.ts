import { TributaryError } from "@tributary/protocol";
import { Composer, type CST, type Document, isScalar, Lexer, Parser, visit } from "yaml";
import { printable } from "../printable.js";

/** The parser takes a second and more for a megabyte, and for some texts the square of that. */
export const MAX_YAML_LENGTH = 128 * 1024;
/** Lists and maps inside one another. The composer of the library calls itself for each, until the process dies. */
const MAX_DEPTH = 64;
/** Every alias is looked for in the whole document. */
const MAX_ALIASES = 100;

/**
 * Reads one YAML document from a source that may be hostile: length, depth and aliases are bounded.
 *
 * @throws TributaryError `invalid_job_spec`
 */
export function readYaml(text: string, file: string): unknown {
  if (text.length > MAX_YAML_LENGTH)
    throw invalid(file, `over ${MAX_YAML_LENGTH} characters of YAML; write it as JSON`);
  try {
    const document = compose(text, file);
    check(document, file);
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : "";
    throw invalid(file, `neither YAML nor JSON: ${reason}`);
  }
}

function compose(text: string, file: string): Document.Parsed {
  // `uniqueKeys` compares each key with each other one; `check` does the same in one pass.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: "error" });
  const [document, second] = [...composer.compose(tokensOf(text, file), true)];
  if (document === undefined || second !== undefined) throw invalid(file, "more than one YAML document");
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return document;
}

function* tokensOf(text: string, file: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MAX_DEPTH) throw invalid(file, "lists and maps too deep inside one another");
  }
  yield* parser.end();
}

/** No key twice, few aliases, and none inside of what it stands for. */
function check(document: Document.Parsed, file: string): void {
  let aliases = 0;
  visit(document, {
    Map(_, map) {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (keys.has(name)) throw invalid(file, `"${printable(String(name).slice(0, 60))}" is there twice`);
        keys.add(name);
      }
    },
    Alias(_, { source }, ancestors) {
      aliases += 1;
      if (aliases > MAX_ALIASES) throw invalid(file, `over ${MAX_ALIASES} aliases`);
      if (ancestors.some((node) => "anchor" in node && node.anchor === source))
        throw invalid(file, "an alias inside of what it stands for");
    },
  });
}

const invalid = (file: string, reason: string) =>
  new TributaryError("invalid_job_spec", `${file}: ${printable(reason)}`);
