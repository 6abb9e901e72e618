// Writes each simulator's still figure (print, no script) from its own drawing: `node stills.mjs [--check]`.
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL("../../book/simulators/", import.meta.url));
const WIDTH = 640;

export function still(name) {
  const model = require(`${folder}${name}.model.js`);
  const view = require(`${folder}${name}.js`);
  const state = view.still();
  const [title, desc] = [`${name}-still-title`, `${name}-still-desc`];
  const svg = view.draw(state, WIDTH)
    .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace(/aria-label="[^"]*">/, `aria-labelledby="${title} ${desc}">\n<title id="${title}">${view.title}</title>\n<desc id="${desc}">${model.summary(state)}</desc>\n`);
  return `${svg}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes("--check");
  let stale = 0;
  for (const name of ["cold-and-warm", "retry-storm", "partitions", "capacity"]) {
    const path = `${folder}${name}.still.svg`;
    const now = still(name);
    if (check) {
      if (!existsSync(path) || readFileSync(path, "utf8") !== now) {
        console.error(`${name}.still.svg is stale: run node .ci/browser-tests/stills.mjs`);
        stale += 1;
      }
    } else writeFileSync(path, now);
  }
  process.exit(stale ? 1 : 0);
}
