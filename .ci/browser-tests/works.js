// That the installation works: a page is served, drawn and judged. Prints the versions, fails with what is wrong.
import assert from "node:assert/strict";
import http from "node:http";
import { launch, violations } from "./browser.js";

const PAGE = `<!doctype html><html lang="en"><title>works</title>
<main><h1>Works</h1><button id="nameless" style="width: 90px"></button></main>`;
const VIEWPORT = { width: 320, height: 200 };

const server = http.createServer((_, reply) => reply.writeHead(200, { "content-type": "text/html" }).end(PAGE));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  assert.equal(await page.title(), "works");

  const png = await page.screenshot();
  // Bytes 16 to 24 of a PNG are its size.
  assert.deepEqual({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) }, VIEWPORT);
  const blank = await page.evaluate(() => document.body.replaceChildren()).then(() => page.screenshot());
  assert.ok(png.length > blank.length, "the page was drawn as an empty one");

  await page.reload();
  const found = await violations(page);
  assert.deepEqual(found.map(({ id, nodes }) => [id, nodes]), [["button-name", ["#nameless"]]]);
  console.error(`chromium ${browser.version()}, node ${process.versions.node}`);
} finally {
  await browser.close();
  server.close();
}
