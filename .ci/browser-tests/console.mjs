// Consoles: without a server their recorded session, with a stand-in their keyboard and their bounds, and with
// `cargo course` itself (where the book is given by its address) a lab that answers.
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { violations } from "./browser.js";
import { focused, open, startAt, tabTo } from "./checks.mjs";
import { pageWith } from "./keyboard.mjs";
import { serve } from "./server.mjs";

const HOME = ".console[data-console]";
const INPUT = `${HOME} textarea`;
const STATUS = `${HOME} .console-status`;

export async function consoles(book, checks) {
  const file = await pageWith(book, HOME);
  if (!file) return;
  if (!book.folder) return operated(book, file, checks);
  await recorded(book, file, checks);
  await typed(book, file, checks);
  return undefined;
}

/** The recorded session, on a static site, from a file, on paper, and without script. */
async function recorded(book, file, checks) {
  const told = (page) => page.$$eval(`${HOME} .console-session > ol > li`, (all) => all.map((each) => ({
    line: each.querySelector("pre code")?.textContent.trim() ?? "", answer: each.querySelector(".console-answer .console-summary")?.textContent ?? "",
  })));
  const whole = (session) => {
    assert.ok(session.length >= 3, `${session.length} operations`);
    for (const { line, answer } of session) assert.ok(line.length > 10 && answer.length > 10, `${line}: ${answer}`);
  };
  for (const [where, url] of [["a static site", book.url], ["a file", pathToFileURL(book.folder).href]]) {
    await checks.check(`console, ${where}: the recorded session stands in its place, and an answer unfolds by keyboard`, async () => {
      const page = await open(book, file, { url });
      whole(await told(page));
      assert.equal(await page.locator(`${HOME} :is(textarea, form)`).count(), 0, "nothing to type into");
      const answer = page.locator(`${HOME} .console-recorded`).first();
      assert.equal(await answer.locator(".console-answer").first().isVisible(), false, "predict first");
      await startAt(page, `${HOME} .console-recorded`);
      await tabTo(page, `${HOME} .console-recorded > summary`, 6);
      await page.keyboard.press("Enter");
      assert.ok(await answer.locator(".console-answer").first().isVisible());
      assert.deepEqual(page.errors, []);
      assert.deepEqual(page.strangers, []);
      await page.context().close();
    });
  }
  await checks.check("console, without script: the session is there and unfolds", async () => {
    const context = await book.browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${book.url}/${file}`);
    whole(await told(page));
    await page.locator(`${HOME} .console-recorded > summary`).first().click();
    assert.ok(await page.locator(`${HOME} .console-answer`).first().isVisible());
    await context.close();
  });
  await checks.check("console, on paper: the session with its answers, and nothing to press", async () => {
    const server = await serve(book.folder, { api: true, state: { exercises: [], labs: { phase: "ready" } } });
    const page = await open(book, file, { url: server.url });
    await page.locator(INPUT).waitFor();
    await page.emulateMedia({ media: "print" });
    const shown = await page.evaluate((home) => {
      const seen = (selector) => [...document.querySelectorAll(`${home} ${selector}`)].filter((each) => each.checkVisibility({ contentVisibilityAuto: true }) && each.getBoundingClientRect().height > 0).length;
      return { form: seen(".console-form"), take: seen(".console-take"), answers: seen(".console-session .console-summary"), operations: seen(".console-session > ol > li") };
    }, HOME);
    assert.deepEqual({ ...shown, answers: 0, operations: 0 }, { form: 0, take: 0, answers: 0, operations: 0 });
    assert.ok(shown.operations >= 3 && shown.answers === shown.operations, JSON.stringify(shown));
    await page.context().close();
    await server.close();
  });
  for (const width of [1280, 390]) {
    await checks.check(`console, unfolded, ${width} px: accessible in each theme, and not too wide`, async () => {
      const page = await open(book, file, { width, reducedMotion: "reduce" });
      await page.$$eval(`${HOME} details`, (all) => all.forEach((each) => { each.open = true; }));
      await accessible(book, page, `console-recorded-${width}`);
      await page.context().close();
    });
  }
}

async function accessible(book, page, name) {
  await page.waitForTimeout(300);
  for (const theme of ["light", "dark", "contrast"]) {
    await page.evaluate((each) => { document.documentElement.dataset.theme = each; }, theme);
    const found = await violations(page, { within: HOME });
    assert.deepEqual(found.map(({ id, nodes }) => `${id} ${nodes.slice(0, 3)}`), [], theme);
    if (book.out) await page.locator(HOME).screenshot({ path: path.join(book.out, `${name}-${theme}.png`) });
  }
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= document.documentElement.clientWidth), "wider than the screen");
}

/** By keyboard, against a stand-in that remembers what it was asked. */
async function typed(book, file, checks) {
  const asked = [];
  let release = null;
  const answer = (summary, more = {}) => ({ ok: true, understood: true, fresh: false, summary, html: `<div class="console-answer" data-outcome="ok"><p class="console-summary">${summary}</p></div>`, content: `<p>The table after ${asked.length}</p>`, ...more });
  // A page that an earlier check has left may say so only now.
  const gone = new Set();
  const console_ = async (place, said) => {
    if (gone.has(said.view)) return { ok: true };
    asked.push([place, said]);
    if (place.endsWith("/end")) return { ok: true };
    if (place.endsWith("/reset")) return answer("", { content: "<p>The table at the beginning</p>" });
    if (said.line === "slow") await new Promise((done) => { release = done; });
    if (said.line === "wrong") return answer("There is no operation wrong.", { understood: false, content: undefined });
    if (said.line === "fresh") return answer("Done.", { fresh: true });
    if (said.line === "full") return { ok: false, message: "As many labs are in use as there may be." };
    return answer(`Answered: ${said.line.split("\n").length} lines.`);
  };
  const server = await serve(book.folder, { api: true, state: { exercises: [], labs: { phase: "ready" } }, console: console_ });
  const at = async (context = {}) => {
    const page = await open(book, file, { url: server.url, reducedMotion: "reduce", ...context });
    await page.locator(INPUT).waitFor();
    return page;
  };
  const status = (page, text) => page.waitForFunction(([place, wanted]) => document.querySelector(place)?.textContent.includes(wanted), [STATUS, text]);
  const value = (page) => page.locator(INPUT).inputValue();
  const check = (name, context, run) => checks.check(`console: ${name}`, async () => {
    for (const [, said] of asked.splice(0)) gone.add(said.view);
    const page = await at(context);
    try {
      await run(page);
      assert.deepEqual(page.errors, []);
    } finally {
      await page.context().close();
    }
  });

  await check("reached by Tab, run by Enter, left by Tab; the focus stays and the status tells", {}, async (page) => {
    await startAt(page, INPUT);
    await tabTo(page, INPUT, 6);
    await page.keyboard.type("scan --table-name cards");
    await page.keyboard.press("Enter");
    await status(page, "Answered: 1 lines.");
    assert.match(await focused(page), /^textarea/);
    assert.equal(await value(page), "");
    assert.equal(await page.locator(STATUS).getAttribute("aria-live"), "polite");
    assert.match(await page.locator(`${HOME} .console-entry`).first().textContent(), /scan --table-name cards[\s\S]*Answered/);
    assert.match(await page.locator(`${HOME} .console-now`).textContent(), /The table after 1/);
    await page.keyboard.press("Tab");
    assert.doesNotMatch(await focused(page), /^textarea/, "Tab leads out of it");
    await page.keyboard.press("Shift+Tab");
    assert.match(await focused(page), /^textarea/);
    await page.keyboard.press("Shift+Tab");
    assert.doesNotMatch(await focused(page), /^textarea/, "and so does Shift+Tab");
  });
  await check("Shift+Enter begins a line; up and down bring back what was run, and the draft", {}, async (page) => {
    await page.locator(INPUT).focus();
    await page.keyboard.type("one");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("two");
    assert.equal(asked.length, 0);
    await page.keyboard.press("Enter");
    await status(page, "Answered: 2 lines.");
    await page.keyboard.type("three");
    await page.keyboard.press("Enter");
    await status(page, "Answered: 1 lines.");
    await page.keyboard.type("a draft");
    await page.keyboard.press("ArrowUp");
    assert.equal(await value(page), "three");
    await page.keyboard.press("ArrowUp");
    assert.equal(await value(page), "one\ntwo");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    assert.equal(await value(page), "one\ntwo", "from the first line it leads to the second");
    await page.keyboard.press("ArrowDown");
    assert.equal(await value(page), "three");
    await page.keyboard.press("ArrowDown");
    assert.equal(await value(page), "a draft");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("of two lines");
    await page.keyboard.press("ArrowUp");
    assert.equal(await value(page), "a draft\nof two lines", "from the second line it leads to the first");
    await page.keyboard.press("ArrowDown");
    assert.equal(await value(page), "a draft\nof two lines");
    for (const _ of ["to the first line", "out of it"]) await page.keyboard.press("ArrowUp");
    assert.equal(await value(page), "three");
  });
  await check("a line that was not understood stays to be mended", {}, async (page) => {
    await page.locator(INPUT).focus();
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await status(page, "There is no operation wrong.");
    assert.equal(await value(page), "wrong");
  });
  await check("a suggestion is put into it, and the focus goes there", {}, async (page) => {
    const take = page.locator(`${HOME} .console-take button`).nth(1);
    await take.focus();
    await page.keyboard.press("Enter");
    assert.match(await focused(page), /^textarea/);
    assert.equal(await value(page), (await page.locator(`${HOME} .console-session > ol > li`).nth(1).locator("> pre > code").textContent()).trim());
    assert.equal(asked.length, 0, "it is not run by itself");
  });
  await check("one operation at a time", {}, async (page) => {
    await page.locator(INPUT).focus();
    await page.keyboard.type("slow");
    await page.keyboard.press("Enter");
    await status(page, "Running");
    assert.equal(await page.locator(HOME).getAttribute("aria-busy"), "true");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    release();
    await status(page, "Answered");
    assert.equal(asked.length, 1);
    assert.equal(await page.locator(HOME).getAttribute("aria-busy"), null);
  });
  await check("reset by keyboard: the table is as at the beginning, the answers are gone", {}, async (page) => {
    await page.locator(INPUT).focus();
    await page.keyboard.type("scan");
    await page.keyboard.press("Enter");
    await status(page, "Answered");
    await tabTo(page, `${HOME} .console-actions .button:not(.primary)`, 4);
    await page.keyboard.press("Enter");
    await status(page, "as it was at the beginning");
    assert.match(await focused(page), /Reset the lab/);
    assert.equal(await page.locator(`${HOME} .console-entry`).count(), 0);
    assert.match(await page.locator(`${HOME} .console-now`).textContent(), /at the beginning/);
  });
  await check("a lab that was ended meanwhile is told, and what can't be had too", {}, async (page) => {
    await page.locator(INPUT).focus();
    await page.keyboard.type("fresh");
    await page.keyboard.press("Enter");
    await status(page, "Done.");
    assert.doesNotMatch(await page.locator(STATUS).textContent(), /was ended/, "the first one is always new");
    await page.keyboard.type("fresh");
    await page.keyboard.press("Enter");
    await status(page, "was ended. This one is new. Done.");
    await page.keyboard.type("full");
    await page.keyboard.press("Enter");
    await status(page, "As many labs are in use");
    assert.equal(await value(page), "full");
  });
  await check("two views have two labs, and a page that is left ends its own", {}, async (page) => {
    const other = await at();
    for (const each of [page, other]) {
      await each.locator(INPUT).focus();
      await each.keyboard.type("scan");
      await each.keyboard.press("Enter");
      await status(each, "Answered");
    }
    const views = asked.map(([, said]) => said.view);
    assert.ok(views.every((view) => /^[0-9a-f]{32}$/.test(view)), views.join());
    assert.notEqual(views[0], views[1]);
    await other.goto("about:blank");
    for (let wait = 0; wait < 50 && asked.length < 3; wait += 1) await new Promise((done) => setTimeout(done, 50));
    assert.deepEqual(asked[2]?.[0].split("/").at(-1), "end");
    assert.equal(asked[2][1].view, views[1]);
    await other.context().close();
  });
  for (const width of [1280, 390]) {
    await check(`accessible with answers, in each theme, ${width} px`, { width }, async (page) => {
      await page.locator(INPUT).focus();
      for (const line of ["scan", "wrong"]) {
        await page.locator(INPUT).fill(line);
        await page.keyboard.press("Enter");
        await status(page, line === "scan" ? "Answered" : "no operation");
      }
      await accessible(book, page, `console-${width}`);
    });
  }
  await server.close();
  await checks.check("console: without its server it says so", async () => {
    const gone = await serve(book.folder, { api: true, state: { exercises: [], labs: { phase: "ready" } } });
    const page = await open(book, file, { url: gone.url });
    await page.locator(INPUT).waitFor();
    await gone.close();
    await page.locator(INPUT).focus();
    await page.keyboard.type("scan");
    await page.keyboard.press("Enter");
    await status(page, "Is `cargo course` still running?");
    await page.context().close();
  });
}

/** Against `cargo course`: every suggestion answers as its recording says, a write is seen, a reset undoes it. */
async function operated(book, file, checks) {
  await checks.check("console, served by cargo course: the lab answers each suggestion as it was recorded", async () => {
    const page = await open(book, file, { reducedMotion: "reduce" });
    // The first one may have to be built.
    page.setDefaultTimeout(600_000);
    await page.locator(INPUT).waitFor();
    const session = page.locator(`${HOME} .console-session > ol > li`);
    const count = await session.count();
    const table = () => page.$$eval(`${HOME} .console-now td`, (all) => all.map((each) => each.textContent.trim()));
    const begin = await table();
    for (let place = 0; place < count; place += 1) {
      const summary = await session.nth(place).locator(".console-summary").textContent();
      await session.nth(place).getByRole("button", { name: "Put it into the console" }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Enter");
      await page.waitForFunction(([home, answers]) => document.querySelectorAll(`${home} .console-entry`).length === answers, [HOME, place + 1]);
      assert.equal(await page.locator(`${HOME} .console-entry .console-summary`).first().textContent(), summary);
      assert.equal(await page.locator(STATUS).textContent(), summary);
    }
    assert.notDeepEqual(await table(), begin, "the session writes something");
    await page.locator(HOME).getByRole("button", { name: "Reset the lab" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The lab is as it was at the beginning.").waitFor();
    assert.deepEqual(await table(), begin);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
  // A figure, and no verdict: how fast it is depends on the machine.
  const page = await open(book, file, { reducedMotion: "reduce" });
  await page.locator(INPUT).waitFor();
  const took = async (answers) => {
    const begin = Date.now();
    await page.locator(INPUT).fill("list-tables");
    await page.locator(INPUT).press("Enter");
    await page.waitForFunction(([home, wanted]) => document.querySelectorAll(`${home} .console-entry`).length === wanted, [HOME, answers]);
    return Date.now() - begin;
  };
  console.log(`        the first operation of a page took ${await took(1)} ms, the second ${await took(2)} ms`);
  await page.context().close();
}
