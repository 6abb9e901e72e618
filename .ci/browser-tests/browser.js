// The browser that every test here drives, with the packages that `.ci/browser` installed outside the repository's files.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const cache = process.env.CI_CACHE ?? fileURLToPath(new URL("../../target/ci", import.meta.url));
const require = createRequire(path.resolve(cache, "node/package.json"));
const { chromium } = require("playwright-core");

const LAUNCH_MS = 30_000;

// Nothing may be asked of the network that the page under test did not ask for.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];
// CI runs as root and without a display.
const BARE_MACHINE = ["--no-sandbox", "--disable-gpu"];

export function launch() {
  return chromium.launch({
    executablePath: path.resolve(cache, "bin/chromium"),
    headless: true,
    args: [...QUIET, ...BARE_MACHINE],
    timeout: LAUNCH_MS,
  });
}

/** Waits until nothing on the page changes its looks any more; what moves for ever is not waited for. */
const settled = (page) => page.evaluate(() => Promise.all(document.getAnimations()
  .filter((each) => each.effect?.getComputedTiming().endTime !== Infinity)
  .map((each) => each.finished.catch(() => {}))));

const axeFile = require.resolve("axe-core/axe.min.js");

/** The rules whose verdict depends on colours: the others say the same in each theme. */
export const COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * What axe-core objects to: `[{ id, impact, help, nodes }]`. On the whole page by all its rules, or `within` what a
 * selector finds, or by `rules` alone.
 */
export async function violations(page, { within = null, rules = null } = {}) {
  // Through the debugger, not a script tag, which a page's own content policy may forbid.
  if (!(await page.evaluate(() => "axe" in globalThis))) {
    await page.evaluate(readFileSync(axeFile, "utf8"));
  }
  // Half-way between two themes, a button's colours are neither's.
  await settled(page);
  const report = await page.evaluate(
    ({ within, rules }) => globalThis.axe.run(within ?? document, rules ? { runOnly: { type: "rule", values: rules } } : {}),
    { within, rules },
  );
  return report.violations.map(({ id, impact, help, nodes }) => ({
    id,
    impact,
    help,
    nodes: nodes.map((node) => node.target.join(" ")),
  }));
}
