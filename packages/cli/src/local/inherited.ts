/** Settings of some other coordinator, and of workers: a federation on this machine has its own tokens, database and addresses. */
const FOREIGN = [
  "DATABASE_URL",
  "TRIBUTARY_ADMIN_TOKEN",
  "TRIBUTARY_ADMIN_TOKEN_FILE",
  "TRIBUTARY_ALLOW_ORIGINS",
  "TRIBUTARY_CA",
  "TRIBUTARY_HOST",
  "TRIBUTARY_JOIN_TOKEN",
  "TRIBUTARY_JOIN_TOKEN_FILE",
  "TRIBUTARY_METRICS_HOST",
  "TRIBUTARY_METRICS_PORT",
  "TRIBUTARY_SHARE_LABELS",
  "TRIBUTARY_TLS_CERT",
  "TRIBUTARY_TLS_KEY",
] as const;

/** What the processes of a local federation don't take over from this one's environment: `startNode` leaves out what is undefined. */
export const notInherited: NodeJS.ProcessEnv = Object.fromEntries(FOREIGN.map((name) => [name, undefined]));
