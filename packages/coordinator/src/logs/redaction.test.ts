import { redactedFields } from "@tributary/protocol";
import { pino } from "pino";
import { describe, expect, it } from "vitest";

describe("a log line", () => {
  it("never shows a secret that somebody puts into its fields", () => {
    const lines: string[] = [];
    const log = pino({ redact: [...redactedFields] }, { write: (line: string) => void lines.push(line) });
    const secret = "s3cret";
    log.info({ token: secret, adminToken: secret, job: "j" }, "at the top");
    log.info({ socket: { auth: { token: secret } }, req: { headers: { authorization: `Bearer ${secret}` } } }, "below");
    log.info({ options: { joinToken: secret, databaseUrl: `postgres://a:${secret}@b` } }, "of options");
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain(secret);
    expect(lines[0]).toContain('"job":"j"');
  });
});
