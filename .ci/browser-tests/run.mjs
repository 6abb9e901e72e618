// Checks a built book in headless Chromium: `node run.mjs BOOK-FOLDER-OR-URL [--out FOLDER] [--part PART]... [--only WORD]`.
// Parts: pages, keyboard, simulators, console, live, paper; all of them where none is named. `--only` runs the checks whose name holds the word.
// BOOK is `cargo course build`'s output; a URL skips what needs the files (file://, a changed page). With the URL of
// `cargo course`, the part console operates a real lab.
// Prints what fails as it does and again at the end, before `N passed, M failed`; exit code 1 when anything failed.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { launch } from "./browser.js";
import { Checks } from "./checks.mjs";
import { consoles } from "./console.mjs";
import { everyPage } from "./every-page.mjs";
import { keyboard } from "./keyboard.mjs";
import { live } from "./live.mjs";
import { paper } from "./paper.mjs";
import { serve } from "./server.mjs";
import { simulators } from "./simulators.mjs";

const args = process.argv.slice(2);
const option = (name) => {
  const at = args.indexOf(name);
  return at < 0 ? null : args.splice(at, 2)[1];
};
const out = option("--out");
const only = option("--only");
const parts = [];
for (let part = option("--part"); part; part = option("--part")) parts.push(part);
const [target] = args;
if (!target) {
  console.error("usage: node run.mjs BOOK-FOLDER-OR-URL [--out FOLDER] [--part PART] [--only WORD]");
  process.exit(2);
}
const isUrl = /^https?:/.test(target);
const folder = isUrl ? null : path.resolve(target);
if (folder && !existsSync(path.join(folder, "index.html"))) {
  console.error(`${target} holds no index.html: build the book first`);
  process.exit(2);
}
if (out) mkdirSync(out, { recursive: true });

const browser = await launch();
const server = folder ? await serve(folder) : null;
// By this name the pages take it for any static host, and look for no local server behind it.
const url = server?.url.replace("127.0.0.1", "book.localhost") ?? target.replace(/\/(index\.html)?$/, "");
// mdBook's own two: the frame for readers without script, and the whole book on one page (checked as paper).
const pages = folder
  ? readdirSync(folder).filter((name) => name.endsWith(".html") && !["toc.html", "print.html", "404.html", "index.html"].includes(name))
  : await listed(browser, url);
const book = { browser, url, folder, pages, out };
const checks = new Checks(only);

try {
  console.log(`${pages.length} pages at ${url}`);
  for (const [name, run] of Object.entries({ pages: everyPage, keyboard, simulators, console: consoles, live, paper })) {
    if (parts.length > 0 && !parts.includes(name)) continue;
    console.log(`\n${name}`);
    try {
      await run(book, checks);
    } catch (error) {
      // A page that does not even open.
      await checks.check(`${name} ran to its end`, () => { throw error; });
    }
  }
} finally {
  await browser.close();
  await server?.close();
}
const { passed, failures } = checks;
if (failures.length > 0) console.log(`\nfailed:\n${failures.join("\n")}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;

async function listed(browser, url) {
  const page = await browser.newPage();
  await page.goto(`${url}/index.html`);
  const links = await page.$$eval("#mdbook-sidebar a[href]", (all) => all.map((link) => new URL(link.href).pathname.split("/").pop()));
  await page.close();
  return [...new Set(links.filter((link) => link.endsWith(".html")))];
}
