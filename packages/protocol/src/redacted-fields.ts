const names = ["token", "joinToken", "adminToken", "authorization", "password", "privateKey", "databaseUrl"];

/** Fields of a log line whose values are never written, at the top and in the two levels below: for pino's `redact`. */
export const redactedFields: readonly string[] = ["", "*.", "*.*."].flatMap((above) =>
  names.map((name) => `${above}${name}`),
);
