/**
 * The lines that a tutorial says it prints, in their order: its comments `// → …`. Where the short form prints something else,
 * lines `// --short → …` follow a block of them. `…` alone stands for lines that are left out.
 */
export function claimsOf(text: string, form: "short" | "full"): string[] {
  const blocks = [{ full: [] as string[], short: [] as string[] }];
  for (const line of text.split("\n")) {
    const [, flag, claim = ""] = /^\/\/ (--short )?→ (.*)$/.exec(line) ?? [];
    const last = blocks.at(-1);
    if (flag !== undefined) last?.short.push(claim.trim());
    else if (line.startsWith("// →")) {
      // A block goes on until the short form's lines, or anything else, end it.
      if (last === undefined || last.short.length > 0) blocks.push({ full: [claim.trim()], short: [] });
      else last.full.push(claim.trim());
    } else if (last === undefined || last.full.length > 0) blocks.push({ full: [], short: [] });
  }
  return blocks
    .flatMap(({ full, short }) => (form === "short" && short.length > 0 ? short : full))
    .filter((claim) => claim !== "…");
}

/** The first claimed line that a program did not print after those before it. */
export function unmet(claims: readonly string[], output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  let from = 0;
  for (const claim of claims) {
    const at = lines.findIndex((line, index) => index >= from && isSaid(line, claim));
    if (at === -1) return claim;
    from = at + 1;
  }
  return undefined;
}

const PERCENTAGE = /\d+(?= %)/g;

/** Whether a line is the claimed one. Another machine's last bits may put an image more or less on the right side: 1 %. */
function isSaid(line: string, claim: string): boolean {
  if (line === claim) return true;
  if (line.replace(PERCENTAGE, "") !== claim.replace(PERCENTAGE, "")) return false;
  const [said, claimed] = [line.match(PERCENTAGE) ?? [], claim.match(PERCENTAGE) ?? []];
  return claimed.every((percentage, index) => Math.abs(Number(percentage) - Number(said[index])) <= 1);
}
