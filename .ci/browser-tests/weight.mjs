// What a page loads of our own script while it is read from its top to its end, with the local server behind it and a
// traced run: all that it can come to without search or settings being opened. `node weight.mjs BOOK-FOLDER` prints a line
// a page, the heaviest first: bytes, bytes of them when the page has just been opened, the page.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readdirSync } from "node:fs";
import { launch } from "./browser.js";
import { open, readThrough } from "./checks.mjs";
import { serve } from "./server.mjs";

// mdBook's: the list of chapters, and what search loads when it is opened.
const UPSTREAM = /\/(toc|elasticlunr|searchindex|highlight)-?[\w]*\.(min\.)?js$/;

const STATE = { version: 1, book: { built_ms: 1 }, labs: { phase: "ready" }, backend: null, exercises: [{ number: 1, page: "", status: "red", traced_ms: 1, steps: [] }] };

/** Our scripts of a page and their bytes, by path; all of them together, and as far as they are there before any scrolling. */
export async function weigh(browser, folder, file) {
  const server = await serve(folder, { api: true, state: STATE });
  try {
    const page = await open({ browser, url: server.url }, file, { reducedMotion: "reduce" });
    const ours = () => [...page.scripts].filter(([url]) => !UPSTREAM.test(url));
    const sum = () => ours().reduce((sum, [, size]) => sum + size, 0);
    await page.waitForFunction(() => course.state);
    await page.waitForLoadState("networkidle");
    const opened = sum();
    await readThrough(page);
    await page.waitForLoadState("networkidle");
    await page.context().close();
    return { file, scripts: ours(), bytes: sum(), opened };
  } finally {
    await server.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.resolve(process.argv[2]);
  const browser = await launch();
  const weighed = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".html") && !["toc.html", "print.html", "404.html"].includes(name))) weighed.push(await weigh(browser, folder, file));
  await browser.close();
  for (const { file, bytes, opened } of weighed.sort((one, other) => other.bytes - one.bytes)) console.log(`${bytes} ${opened} ${file}`);
}
