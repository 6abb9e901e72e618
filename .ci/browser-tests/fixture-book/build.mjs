// Builds the sample pages with a stock mdBook: `node build.mjs OUT`; MDBOOK names the binary.
// The samples hold the HTML that the preprocessor emits, one of each kind, so that theme and widgets are tested also for what no
// chapter uses at the moment.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const book = path.resolve(here, "../../../book");
const [out] = process.argv.slice(2);
if (!out) {
  console.error("usage: node build.mjs OUT");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const work = mkdtempSync(path.join(tmpdir(), "sample-book-"));
try {
  for (const folder of ["theme", "widgets", "simulators", "diagrams"]) cpSync(path.join(book, folder), path.join(work, folder), { recursive: true });
  cpSync(path.join(here, "src"), path.join(work, "src"), { recursive: true });
  // The book's own settings, without the table of the preprocessor.
  const settings = readFileSync(path.join(book, "book.toml"), "utf8").replace(/^\[preprocessor[\s\S]*?(?=^\[output)/m, "");
  writeFileSync(path.join(work, "book.toml"), settings);
  // What the preprocessor puts into the page.
  const still = (_, name) => readFileSync(path.join(work, "simulators", `${name}.still.svg`), "utf8");
  const diagram = (_, name) => {
    const svg = readFileSync(path.join(work, "diagrams", `${name}.svg`), "utf8").trim();
    const text = (tag) => new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`).exec(svg)[1];
    return `<figure class="diagram">\n${svg}\n<figcaption>${text("title")}</figcaption>\n<details><summary>The diagram in words</summary><p>${text("desc")}</p></details>\n</figure>`;
  };
  for (const file of readdirSync(path.join(work, "src"))) {
    const page = path.join(work, "src", file);
    writeFileSync(page, readFileSync(page, "utf8").replace(/\{\{still (\S+)\}\}/g, still).replace(/\{\{diagram (\S+)\}\}/g, diagram));
  }
  execFileSync(process.env.MDBOOK ?? "mdbook", ["build", work, "--dest-dir", path.resolve(out)], { stdio: ["ignore", "ignore", "inherit"] });
} finally {
  rmSync(work, { recursive: true, force: true });
}
