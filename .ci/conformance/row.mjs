// What vitest's report of a run says, as a row of a table: row.mjs NAME REPORT
import { readFileSync } from "node:fs";

const [name, report] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(report, "utf8"));
const tiers = new Map(["tier1", "tier2", "tier3"].map((tier) => [tier, { passed: 0, all: 0 }]));
for (const { name: file, assertionResults } of testResults) {
  const tier = tiers.get(/\/tests\/(tier\d)\//.exec(file)?.[1]);
  for (const { status } of assertionResults) {
    tier.all += 1;
    if (status === "passed") tier.passed += 1;
    else if (status !== "failed") throw new Error(`a test of ${file} did not run: ${status}`);
  }
}
const counted = [...tiers.values()];
const sum = (field) => counted.reduce((total, tier) => total + tier[field], 0);
const cells = [{ passed: sum("passed"), all: sum("all") }, ...counted];
console.log(`| ${[name, ...cells.map(({ passed, all }) => `${passed} of ${all}`)].join(" | ")} |`);
