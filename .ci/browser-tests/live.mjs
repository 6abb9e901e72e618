// With the local server (a stand-in that answers as `cargo course` does): steps, runs, the labs' build, live pages.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { violations } from "./browser.js";
import { open } from "./checks.mjs";
import { pageWith } from "./keyboard.mjs";
import { serve } from "./server.mjs";

// What the server gives a page, from the drawings that its own tests hold fast.
async function drawn(step) {
  const snapshot = async (name) => {
    const file = new URL(`../../harness/course/src/trace/snapshots/course__trace__tests__${name}.snap`, import.meta.url);
    return (await readFile(file, "utf8")).split(/^---$/m).slice(2).join("---").trim();
  };
  const picture = (await snapshot("functions.svg")).replace(/>\n</g, "><");
  return [{
    step, name: "wherever the process ends the stamps are taken once", outcome: "passed",
    figures: [["requests to DynamoDB", "5", "4"], ["write units", "17", "16"]],
    yours: picture, reference: picture.replaceAll("t-title", "r-title").replaceAll("t-desc", "r-desc"), text: await snapshot("functions"),
  }];
}

export async function live(book, checks) {
  if (!book.folder) return;
  const file = await pageWith(book, ".step[data-step]");
  if (!file) return;
  // The state's steps are those of the page itself.
  const look = await open(book, file);
  const keys = await look.$$eval(".step[data-step]", (all) => all.map((each) => each.dataset.step));
  const anchor = await look.locator("main h2[id]").first().getAttribute("id");
  const tries = await look.$$eval(".try[data-try]", (all) => all.map((each) => each.dataset.try));
  await look.context().close();
  const document_ = (statuses = [], labs = { phase: "building", detail: "", done: 12, total: 210 }, status = "red") => ({
    version: 1, book: { built_ms: 1 }, labs, backend: null,
    exercises: [{
      number: 1, uuid: "x", title: "x", page: file, status,
      steps: keys.map((key, place) => ({
        id: key.split("/")[1], key, number: place + 1, title: key, status: statuses[place] ?? "unknown", message: statuses[place] === "failed" ? "`connections` is 3, expected 1" : "",
        tests: statuses[place] === "failed" ? [{ name: "a_warm_invocation_reuses", outcome: "failed", expected: "invocations: 3\nconnections: 1\nenvironments: 1", yours: "invocations: 3\nconnections: 3\nenvironments: 1", cause: "Built in the handler.", read: `${file}#${anchor}` }] : [],
      })),
    }],
  });
  const runs = Object.fromEntries(tries.map((id) => [id, { ok: true, output: "fresh output", milliseconds: 1234 }]));
  const traces = await drawn(keys[1]);
  const server = await serve(book.folder, { api: true, state: document_(["passed", "failed", "todo"]), runs, traces });
  const connected = async (context) => {
    const page = await open(book, file, { url: server.url, ...context });
    // What needs the server is loaded when it has answered.
    await page.waitForFunction(() => document.querySelector(".step[data-step]").dataset.status);
    return page;
  };
  const card = (page, place) => page.locator(".step[data-step]").nth(place);

  await checks.check("served: cards and sidebar show the steps, and a new state arrives without a reload", async () => {
    const page = await connected({ reducedMotion: "reduce" });
    await page.evaluate(() => { window.stayed = true; });
    assert.equal(await card(page, 0).getAttribute("data-status"), "passed");
    assert.match(await card(page, 1).locator(".step-status").textContent(), /connections is 3/);
    await card(page, 1).locator(".step-detail summary").focus();
    await page.keyboard.press("Enter");
    assert.match(await card(page, 1).locator(".step-compare").textContent(), /connections: 1[\s\S]*connections: 3/);
    assert.deepEqual((await card(page, 1).locator(".odd-line").allTextContents()).map((line) => line.trim()), ["connections: 1", "connections: 3"], "the lines that differ are marked");
    assert.match(await page.locator(".toc-progress").getAttribute("aria-label"), /^1 of \d+ steps passed$/);
    for (const theme of ["light", "dark", "contrast"]) {
      await page.evaluate((each) => { document.documentElement.dataset.theme = each; }, theme);
      assert.deepEqual((await violations(page)).map(({ id, nodes }) => `${id} ${nodes.slice(0, 3)}`), []);
      if (book.out) {
        await card(page, 1).scrollIntoViewIfNeeded();
        await page.screenshot({ path: path.join(book.out, `served-${theme}-1280.png`) });
      }
    }
    assert.equal(await card(page, 1).locator(".step-detail a").getAttribute("href"), `#${anchor}`, "where to read is a link");
    await card(page, 1).getByRole("button", { name: /Run the tests/ }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The tests are running").waitFor();
    server.push("state", document_(["passed", "passed", "todo"]));
    await page.waitForFunction(() => document.querySelectorAll(".step[data-step]")[1].dataset.status === "passed");
    assert.match(await page.locator(".toc-progress").getAttribute("aria-label"), /^2 of/);
    assert.equal(await page.evaluate(() => window.stayed), true);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  await checks.check("served: what is no verdict is called what it is, and what happened stands on the card", async () => {
    const page = await connected({ reducedMotion: "reduce" });
    const state = document_(["passed", "failed", "todo"], undefined, "broken");
    state.exercises[0].broken = "No verdict";
    state.exercises[0].steps[0].message = "The tests were not done in time, and were ended.";
    server.push("state", state);
    await page.getByText("The tests were not done in time").first().waitFor();
    assert.match(await card(page, 0).locator(".step-status").textContent(), /^No verdict The tests were not done in time/);
    const failed = document_(["passed", "failed", "todo"]);
    failed.exercises[0].steps[1].tests = [{ name: "it_ends", outcome: "failed", happened: "It did not come to an end within 60 s.", edited: ["tests/steps/main.rs"] }];
    server.push("state", failed);
    await card(page, 1).locator(".step-detail summary").click();
    await page.getByText("It did not come to an end within 60 s.").waitFor();
    assert.match(await card(page, 1).textContent(), /not the course's own any more: tests\/steps\/main\.rs/);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  await checks.check("served: a run that was traced meanwhile is drawn on its step's card, without a reload", async () => {
    const page = await connected({ reducedMotion: "reduce" });
    await page.evaluate(() => { window.stayed = true; });
    const box = card(page, 1).locator(".step-trace");
    assert.equal(await box.isVisible(), false, "nothing was traced yet");
    const state = document_(["passed", "failed", "todo"]);
    state.exercises[0].traced_ms = 7;
    server.push("state", state);
    await box.waitFor();
    assert.equal(await card(page, 0).locator(".step-trace").isVisible(), false, "no other step's");
    await box.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    assert.deepEqual(await box.locator(".trace-figures tbody tr").first().locator("th, td").allTextContents(), ["requests to DynamoDB", "5", "4"]);
    assert.equal(await box.getByRole("img", { name: /wherever the process ends/ }).count(), 2, "yours and the reference's");
    await box.locator("details summary").focus();
    await page.keyboard.press("Enter");
    assert.match(await box.locator("pre").textContent(), /ANSWER LOST/);
    for (const theme of ["light", "dark", "contrast"]) {
      await page.evaluate((each) => { document.documentElement.dataset.theme = each; }, theme);
      assert.deepEqual((await violations(page)).map(({ id, nodes }) => `${id} ${nodes.slice(0, 3)}`), []);
      if (book.out) {
        await box.scrollIntoViewIfNeeded();
        await box.screenshot({ path: path.join(book.out, `trace-${theme}.png`) });
      }
    }
    await page.setViewportSize({ width: 390, height: 800 });
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= document.documentElement.clientWidth), "a wide picture scrolls in its own frame");
    assert.equal(await page.evaluate(() => window.stayed), true);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  await checks.check("served: the labs' build shows its progress, then leaves", async () => {
    const page = await connected({ width: 390 });
    server.push("state", document_([], { phase: "building", done: 50, total: 200 }));
    await page.getByText("50 of 200 crates").waitFor();
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= document.documentElement.clientWidth));
    assert.deepEqual((await violations(page)).map(({ id }) => id), []);
    server.push("state", document_([], { phase: "failed", detail: "no C compiler" }));
    await page.getByText("no C compiler").waitFor();
    server.push("state", document_([], { phase: "trouble", detail: "the container went away" }));
    await page.getByText("says nothing about your code: the container went away").waitFor();
    server.push("state", document_([], { phase: "ready" }));
    await page.locator("#labs").waitFor({ state: "hidden", timeout: 2000 });
    server.push("state", document_([], { phase: "building", done: 1, total: 2 }));
    server.push("state", document_([], { phase: "ready" }));
    await page.getByText("The labs are ready").waitFor();
    await page.locator("#labs").waitFor({ state: "hidden", timeout: 8000 });
    await page.context().close();
  });
  if (tries.length) {
    await checks.check("served: a try-it runs here, says whether it differs, and gives the recording back", async () => {
      const page = await connected();
      const run = page.locator(".try").first().getByRole("button", { name: /Run it/ });
      await run.focus();
      await page.keyboard.press("Enter");
      await page.getByText("It differs from the recording").first().waitFor();
      assert.match(await page.locator(".try .try-output").first().textContent(), /Output of your run[\s\S]*fresh output/);
      await page.locator(".try").first().getByRole("button", { name: "Back to the recording" }).focus();
      await page.keyboard.press("Enter");
      assert.match(await page.locator(".try .try-output").first().textContent(), /Recorded output/);
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }
  await checks.check("served: a rebuilt page keeps scroll, focus, answers and a running simulator", async () => {
    const page = await connected();
    const sim = page.locator(".sim-live").first();
    const hasSim = (await page.locator(".sim").count()) > 0;
    if (hasSim) {
      await page.locator(".sim").first().scrollIntoViewIfNeeded();
      await sim.waitFor();
      await sim.getByRole("button", { name: "Step 1 s", exact: true }).click();
    }
    const field = page.locator('.quiz input:not([type="checkbox"]):not([type="radio"]), .quiz input').first();
    const hasQuiz = (await field.count()) > 0;
    const target = hasQuiz ? field : page.locator(".step").last();
    await target.scrollIntoViewIfNeeded();
    if (hasQuiz) { await field.focus(); if ((await field.getAttribute("type")) === "text") await page.keyboard.type("half an ans"); else await page.keyboard.press("Space"); }
    const before = await target.evaluate((each) => ({ top: each.getBoundingClientRect().top, value: each.type === "text" ? each.value : each.checked }));
    const html = await readFile(path.join(book.folder, file), "utf8");
    server.replace(`/${file}`, html.replace(/(<h1[\s\S]*?<\/h1>)/, "$1<p>A paragraph that was not there.</p><p>Another.</p>"));
    server.push("page", { paths: [file] });
    await page.getByText("A paragraph that was not there.").waitFor();
    const after = await target.evaluate((each) => ({ top: each.getBoundingClientRect().top, value: each.type === "text" ? each.value : each.checked }));
    assert.ok(Math.abs(after.top - before.top) < 3, `moved from ${before.top} to ${after.top}`);
    assert.equal(after.value, before.value);
    if (hasQuiz) assert.ok(await field.evaluate((each) => document.activeElement === each), "the focus stays");
    if (hasSim) assert.equal(await sim.locator("output").textContent(), "1.0 s");
    assert.equal(await card(page, 0).getAttribute("data-status") !== null, true);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  await checks.check("served: a page that nobody sees holds no connection, and shows what it has missed", async () => {
    const page = await connected();
    // A browser without a head hides no page: it is told so.
    const show = (shown) => page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, !shown);
    const listeners = async (wanted) => {
      for (let tries = 0; server.listeners() !== wanted && tries < 100; tries += 1) await page.waitForTimeout(50);
      assert.equal(server.listeners(), wanted);
    };
    await listeners(1);
    await show(false);
    await listeners(0);
    const html = await readFile(path.join(book.folder, file), "utf8");
    server.replace(`/${file}`, html.replace(/(<h1[\s\S]*?<\/h1>)/, "$1<p>Written while nobody looked.</p>"));
    server.push("state", { ...document_(["passed"]), book: { built_ms: 2 } });
    await show(true);
    await listeners(1);
    await page.getByText("Written while nobody looked.").waitFor();
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  await checks.check("without the local server nothing asks for it in vain", async () => {
    const page = await open(book, file);
    await page.waitForTimeout(300);
    assert.equal(await page.locator("#labs").isVisible(), false);
    assert.equal(await page.locator(".try-actions").first().isVisible().catch(() => false), false);
    await page.context().close();
  });
  await server.close();
}
