// Read by any Node that knows modules, so that an old one gets a sentence and not a syntax error: no syntax after 2018 here.

const oldest = [20, 19, 0];

/** Ends the process with a sentence when this Node is older than package.json's `engines` allows. */
export function requireNode() {
  const found = process.versions.node.split(".").map(Number);
  const differing = oldest.findIndex((part, index) => found[index] !== part);
  if (differing === -1 || Number(found[differing]) > Number(oldest[differing])) return;
  console.error(`error: Tributary needs Node ${oldest.join(".")} or newer; this is ${process.version}`);
  console.error("hint: install a current Node from https://nodejs.org, or with nvm: nvm install");
  process.exit(1);
}
