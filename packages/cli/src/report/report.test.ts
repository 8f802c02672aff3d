import { describe, expect, it } from "vitest";
import { jobView, roundView } from "../testing/views.js";
import { chartSeries } from "./chart-series.js";
import { reportPage } from "./page.js";
import { jsonDigest, reportData } from "./report-data.js";
import { excerptOf } from "./table.js";

const HOSTILE = `<img src=x onerror=alert(1)></script><script>alert("1")</script><!--`;

function sources(rounds: number, workers: readonly string[] = ["ada"]) {
  const audit = { isVerified: true, fault: null, head: { seq: 1, hash: "ab" }, linesOfJob: 1 };
  const job = jobView("a-job", rounds, { name: HOSTILE, seed: 7 });
  const all = Array.from({ length: rounds }, (_, index) => roundView(index + 1, workers));
  const versions = all.flatMap(({ model }) => model ?? []);
  const software = { coordinator: "0.1.0", protocol: 7 };
  return { at: new Date(0), software, job, rounds: all, versions, workers: [], audit };
}

describe("a report", () => {
  const from = sources(3, [HOSTILE]);
  const data = reportData(from);
  const digest = jsonDigest(data);
  const page = reportPage({ digest, data }, chartSeries(from.job, from.rounds));

  it("has hostile names as text only", () => {
    expect(page.replace(/<script[^>]*>.*<.script>/s, "")).not.toMatch(/<img/i);
    expect(page.match(/<script/gi)).toHaveLength(1);
    expect(page.match(/<\/script/gi)).toHaveLength(1);
    expect(page.match(/<!doctype/gi)).toHaveLength(1);
  });

  it("embeds its data, whose digest it tells", () => {
    const [, text = ""] = /<script[^>]*>(.*)<\/script>/s.exec(page) ?? [];
    const embedded = JSON.parse(text);
    expect(embedded.data).toEqual(JSON.parse(JSON.stringify(data)));
    expect(jsonDigest(embedded.data)).toBe(embedded.digest);
    expect(page).toContain(`<code>${digest}</code>`);
  });

  it("has every version's digest, and the settings that are no defaults", () => {
    for (const { digest } of from.versions) expect(page).toContain(`<td>${digest}</td>`);
    expect(data.differencesFromDefaults.map(({ field }) => field)).toEqual(["name", "seed", "rounds"]);
  });

  it("says how many times smaller than they are its updates travelled", () => {
    const small = sources(2);
    const rounds = small.rounds.map((round) => ({
      ...round,
      updates: round.updates.map((update) => ({ ...update, sentBytes: 250 })),
    }));
    const shown = reportPage({ digest, data: reportData({ ...small, rounds }) }, []);
    expect(shown).toContain("500 B of 2.0 KiB, 4.0 × smaller");
  });

  it("says how many times smaller than they are its models travelled", () => {
    const small = sources(2);
    const versions = small.versions.map((version) => ({ ...version, sentBytes: version.size / 2 }));
    const shown = reportPage({ digest, data: reportData({ ...small, versions }) }, []);
    expect(shown).toContain("2.0 × smaller");
    expect(page).not.toContain("2.0 × smaller");
  });

  it("leaves updates out where there are too many, and keeps charts small", () => {
    const long = sources(2_100, ["ada", "bob"]);
    expect(reportData(long).updates).toBeNull();
    for (const { lines } of chartSeries(long.job, long.rounds))
      for (const { points } of lines) expect(points.length).toBeLessThanOrEqual(400);
  });
});

describe("an excerpt of a table", () => {
  const table = { columns: ["n"], rows: [[1], [2], [3], [4], [5]] };
  it("has the first and the last rows", () => {
    expect(excerptOf(table, 2)).toEqual({ first: [[1]], omitted: 3, last: [[5]] });
    expect(excerptOf(table, 5).omitted).toBe(0);
  });
});
