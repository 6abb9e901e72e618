// The files of mdBook that the theme replaces or relies on are those that it was written against.
import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("mdbook-html's originals are the pinned ones", () => {
  const metadata = JSON.parse(execFileSync("cargo", ["metadata", "--format-version", "1", "--locked"], { cwd: root, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] }));
  const found = metadata.packages.find((each) => each.name === "mdbook-html");
  assert.ok(found, "the workspace does not depend on mdbook-html");
  const folder = path.join(path.dirname(found.manifest_path), "front-end");
  const lines = readFileSync(path.join(root, "book/theme/upstream.sha256"), "utf8").split("\n").filter((line) => /^[0-9a-f]{64} /.test(line));
  assert.ok(lines.length >= 3);
  for (const line of lines) {
    const [hash, file] = line.split(/\s+/);
    const now = createHash("sha256").update(readFileSync(path.join(folder, file))).digest("hex");
    assert.equal(now, hash, `${file} of mdbook-html ${found.version} is not the one that the theme was written against`);
  }
});
