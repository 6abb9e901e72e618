// Every control by keyboard alone: reached by Tab, with a visible focus, and doing what it says.
import assert from "node:assert/strict";
import { focused, open, readThrough, several, startAt, tabTo } from "./checks.mjs";
import { violations } from "./browser.js";

/** The first page that has `selector`, or null. */
export async function pageWith(book, selector) {
  for (const file of book.pages) {
    const page = await open(book, file);
    const found = await page.locator(selector).count();
    await page.context().close();
    if (found) return file;
  }
  return null;
}

const withPage = (book, file, context, run) => async () => {
  const page = await open(book, file, context);
  try {
    await run(page);
    assert.deepEqual(page.errors, [], "errors in the console");
  } finally {
    await page.context().close();
  }
};

export async function keyboard(book, checks) {
  const first = book.pages.find((file) => /^01/.test(file)) ?? book.pages[0];
  await several(book.pages, async (file) => {
    const name = file.replace(/\.html$/, "");
    await checks.check(`${name}: arrow keys turn no page`, withPage(book, file, {}, async (page) => {
      const before = page.url();
      for (const place of ["body", "#search-button", ".turn a", "main summary", ".sim button"]) {
        const target = page.locator(place).first();
        if (place !== "body" && !(await target.count())) continue;
        if (place !== "body") await target.focus();
        for (const key of ["ArrowRight", "ArrowLeft"]) await page.keyboard.press(key);
        await page.waitForTimeout(30);
        assert.equal(page.url().split("#")[0], before, `an arrow key on ${place} left the page`);
      }
    }));
    await checks.check(`${name}: the contents follow every jump`, withPage(book, file, { reducedMotion: "reduce" }, async (page) => {
      const jumps = await page.evaluate(async () => {
        const wrong = [];
        for (const entry of document.querySelectorAll(".on-this-page a")) {
          // Into the middle of a long section, where no heading can be seen.
          const heading = document.getElementById(entry.hash.slice(1));
          scrollTo(0, scrollY + heading.getBoundingClientRect().bottom);
          const above = [...document.querySelectorAll("main h2[id]")].filter((each) => each.getBoundingClientRect().top < innerHeight * 0.35).at(-1);
          const marked = () => document.querySelector(".on-this-page .current")?.hash;
          for (let wait = 0; wait < 40 && above && marked() !== `#${above.id}`; wait += 1) await new Promise((done) => setTimeout(done, 50));
          if (above && marked() !== `#${above.id}`) wrong.push(`below #${above.id}: ${marked()} is marked`);
        }
        return wrong;
      });
      assert.deepEqual(jumps, []);
    }));
    await checks.check(`${name}: Tab reaches every control, and shows where it is`, withPage(book, file, { reducedMotion: "reduce" }, async (page) => {
      await readThrough(page);
      // What surrounds the text is the same on every page, and is walked through on one.
      const part = file === first ? "body" : "main";
      if (part === "main") await startAt(page, "main > *");
      const wanted = await page.evaluate((part) => {
        const shown = (each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled && !each.closest("template");
        const all = [...document.querySelector(part).querySelectorAll("a[href], button, input, select, textarea, summary")].filter(shown).filter((each) => each.tabIndex >= 0);
        const groups = new Set();
        return all.filter((each) => {
          if (each.type !== "radio") return true;
          if (groups.has(each.name)) return false;
          groups.add(each.name);
          return true;
        }).map((each, place) => { each.dataset.wanted = place; return each.outerHTML.slice(0, 110); });
      }, part);
      const reached = new Set();
      const bare = new Set();
      for (let press = 0; press < wanted.length * 2 + 30 && reached.size < wanted.length; press += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element || element === document.body) return null;
          const seen = (each) => each && getComputedStyle(each).outlineStyle !== "none";
          const radio = element.type === "radio" ? document.querySelector(`[name="${element.name}"][data-wanted]`) : element;
          return { place: radio?.dataset.wanted, visible: seen(element) || seen(element.closest(".quiz-option")), html: element.outerHTML.slice(0, 110) };
        });
        if (!at) continue;
        if (at.place !== undefined) reached.add(Number(at.place));
        if (!at.visible) bare.add(at.html);
      }
      const missed = wanted.filter((_, place) => !reached.has(place));
      assert.deepEqual(missed, [], "not reached");
      assert.deepEqual([...bare], [], "no visible focus");
    }));
  });

  await checks.check("the skip link leads into the text", withPage(book, first, {}, async (page) => {
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.match(await focused(page), /^main/);
  }));
  await checks.check("at 390 px the contents open, take the focus, and close with Escape", withPage(book, first, { width: 390 }, async (page) => {
    await tabTo(page, "#contents-button");
    assert.equal(await page.getAttribute("#contents-button", "aria-expanded"), "false");
    await page.keyboard.press("Enter");
    assert.equal(await page.getAttribute("#contents-button", "aria-expanded"), "true");
    assert.ok(await page.evaluate(() => document.getElementById("contents").contains(document.activeElement)), "the focus is in the contents");
    const found = await violations(page);
    assert.deepEqual(found, []);
    await page.keyboard.press("Escape");
    assert.equal(await page.getAttribute("#contents-button", "aria-expanded"), "false");
    assert.match(await focused(page), /contents-button/);
  }));
  await checks.check("at 1280 px the contents fold away and come back", withPage(book, first, {}, async (page) => {
    await tabTo(page, "#contents-button");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#contents").isVisible(), false);
    await page.reload();
    assert.equal(await page.locator("#contents").isVisible(), false, "remembered");
    await tabTo(page, "#contents-button");
    await page.keyboard.press("Space");
    assert.equal(await page.locator("#contents").isVisible(), true);
  }));

  await checks.check("search: slash opens, aliases and glossary first, arrows and Enter lead to the place", withPage(book, first, {}, async (page) => {
    await page.keyboard.press("/");
    await page.locator("#search-input").waitFor();
    await page.waitForFunction(() => window.elasticlunr && document.getElementById("search-count").textContent === "");
    await page.keyboard.type("cold start");
    const top = page.locator("#search-results a").first();
    await top.waitFor();
    assert.match(await top.getAttribute("href"), /glossary\.html#/, "the glossary comes first");
    assert.deepEqual(await violations(page), []);
    await page.fill("#search-input", "");
    await page.keyboard.type("ddb");
    await page.waitForFunction(() => /for DynamoDB/i.test(document.getElementById("search-count").textContent));
    await page.fill("#search-input", "");
    await page.keyboard.type("/runtime/invocation/next");
    await page.waitForFunction(() => /place/.test(document.getElementById("search-count").textContent));
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(page), /^a /);
    const href = await page.evaluate(() => document.activeElement.href);
    await page.keyboard.press("Enter");
    await page.waitForURL(href);
    await page.keyboard.press("/");
    await page.locator("#search-input").waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("dialog.search").isVisible(), false);
  }));

  await checks.check("settings: a theme is chosen with the arrow keys and kept", withPage(book, first, { colorScheme: "light" }, async (page) => {
    await tabTo(page, "#settings-button");
    await page.keyboard.press("Enter");
    await page.locator("dialog.settings").waitFor();
    await tabTo(page, 'input[name="theme"]', 10);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Escape");
    await page.reload();
    assert.equal(await page.getAttribute("html", "data-theme"), "dark");
  }));
  await checks.check("progress: exported, forgotten, imported again", withPage(book, first, { acceptDownloads: true }, async (page) => {
    await page.evaluate(() => course.store.set("quiz.some-question", { tries: 2, done: true, right: true, answer: [1] }));
    await tabTo(page, "#settings-button");
    await page.keyboard.press("Enter");
    await page.locator("dialog.settings").waitFor();
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).focus();
    await page.keyboard.press("Enter");
    const file = await (await waiting).path();
    const forget = page.getByRole("button", { name: /Forget everything|forget my answers/ });
    await forget.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => course.store.get("quiz.some-question")), null);
    await page.setInputFiles("#progress-file", file);
    await page.waitForFunction(() => course.store.get("quiz.some-question")?.tries === 2);
    await page.setInputFiles("#progress-file", { name: "x.json", mimeType: "application/json", buffer: Buffer.from('{"format":"else"}') });
    await page.getByText("this is no progress file").waitFor();
  }));

  await quizzes(book, checks);
  await terms(book, checks);

  const hints = await pageWith(book, "details.hint");
  if (hints) {
    await checks.check("hints open one level at a time, and the last says what it shows", withPage(book, hints, {}, async (page) => {
      await startAt(page, "details.hint");
      for (let level = 1; level <= 4; level += 1) {
        const selector = `details.hint[data-level="${level}"] > summary`;
        if (!(await page.locator(selector).first().count())) break;
        await tabTo(page, selector, 12);
        await page.keyboard.press("Enter");
        assert.ok(await page.locator(`details.hint[data-level="${level}"]`).first().evaluate((each) => each.open), `level ${level} is open`);
      }
      const last = page.locator("details.hint-reveal > summary").first();
      if (await last.count()) assert.match(await last.textContent(), /solution/i);
    }));
  }
  const renamed = await pageWith(book, "template[data-first-names]");
  if (renamed) {
    await checks.check(`${renamed}: what was read under the name before all is read`, withPage(book, renamed, {}, async (page) => {
      await page.evaluate(() => localStorage.setItem("course.read.getting-started", JSON.stringify({ far: 1, done: true })));
      await page.reload();
      await page.locator("#mdbook-sidebar a.active.read").waitFor();
      assert.equal(await page.evaluate(() => localStorage.getItem("course.read.set-up")), null);
    }));
  }
}

async function quizzes(book, checks) {
  for (const kind of ["one", "several", "text", "order", "output"]) {
    const selector = `.quiz[data-kind="${kind}"]`;
    const file = await pageWith(book, selector);
    if (!file) continue;
    await checks.check(`quiz, ${kind}: answered wrong, then right, by keyboard; kept over a reload`, withPage(book, file, {}, async (page) => {
      const spec = JSON.parse(await page.locator(selector).first().getAttribute("data-spec"));
      const id = await page.locator(selector).first().getAttribute("data-quiz");
      const home = `.quiz[data-quiz="${id}"]`;
      const quiz = page.locator(home);
      assert.equal(await quiz.locator(".quiz-answers").isVisible(), false, "the answers wait");
      await startAt(page, home);
      const check = async () => {
        await tabTo(page, `${home} button[type="submit"]`, 40);
        await page.keyboard.press("Enter");
      };
      await check();
      if (kind !== "order") assert.match(await quiz.locator(".quiz-verdict").textContent(), /first/, "asks for an answer");
      await startAt(page, home);
      const options = await quiz.locator(".quiz-option").count();
      const choose = async (places) => {
        if (kind === "one") {
          await tabTo(page, `${home} input[type="radio"]`, 10);
          const now = await page.evaluate(() => Number(document.activeElement.value));
          const on = await page.evaluate(() => document.activeElement.checked);
          if (!on) await page.keyboard.press("Space");
          for (let at = now; at !== places[0]; at = (at + 1) % options) await page.keyboard.press("ArrowDown");
        } else {
          for (let place = 0; place < options; place += 1) {
            await tabTo(page, `${home} input[value="${place}"]`, 12);
            if ((await page.evaluate(() => document.activeElement.checked)) !== places.includes(place)) await page.keyboard.press("Space");
          }
        }
      };
      const write = async (text) => {
        await tabTo(page, `${home} :is(input[type="text"], textarea)`, 6);
        await page.keyboard.press("Control+A");
        const [first, ...rest] = text.split("\n");
        await page.keyboard.type(first);
        for (const line of rest) { await page.keyboard.press("Enter"); await page.keyboard.type(line); }
      };
      if (kind === "one" || kind === "several") {
        const wrong = Array.from({ length: options }, (_, place) => place).filter((place) => !spec.answer.includes(place)).slice(0, 1);
        await choose(wrong.length ? wrong : spec.answer.slice(0, 1));
        await check();
        assert.match(await quiz.locator(".verdict").textContent(), /Not yet/);
        assert.ok((await quiz.locator(".quiz-why").first().textContent()).trim().length > 3, "a wrong answer explains itself");
        await startAt(page, home);
        await choose(spec.answer);
      } else if (kind === "order") {
        // Sorting by moving up, as a reader without a mouse does.
        for (let place = 0; place < spec.order.length; place += 1) {
          const text = await page.evaluate(({ home, index }) => [...new DOMParser().parseFromString(document.querySelector(home).courseSource ?? document.querySelector(home).outerHTML, "text/html").querySelectorAll(".quiz-options > li")][index]?.textContent.trim(), { home, index: spec.order[place] });
          for (;;) {
            const now = await quiz.locator(".quiz-order-text").allTextContents();
            const at = now.findIndex((each) => each.trim() === text);
            if (at <= place) break;
            await startAt(page, home);
            await tabTo(page, `${home} li:nth-child(${at + 1}) [data-move="up"]`, 40);
            await page.keyboard.press("Enter");
          }
        }
      } else {
        await write("surely not this");
        await check();
        assert.match(await quiz.locator(".verdict").textContent(), /Not yet/);
        await startAt(page, home);
        await write(spec.accept[0]);
      }
      await check();
      assert.match(await quiz.locator(".verdict").textContent(), /Right/);
      assert.ok(await quiz.evaluate((each) => each.contains(document.activeElement)), "the focus is still in the question");
      assert.ok(await quiz.locator(".quiz-answers").isVisible(), "the explanations are there");
      assert.deepEqual(await violations(page), []);
      await page.reload();
      assert.equal(await page.locator(home).getAttribute("data-state"), "right", "kept");
      await startAt(page, home);
      await tabTo(page, `${home} .quiz-actions button:not([type="submit"])`, 40);
      await page.keyboard.press("Enter");
      assert.equal(await page.locator(home).getAttribute("data-state"), "open", "started over");
    }));
  }
  const predicted = await pageWith(book, ".predict");
  if (predicted) {
    await checks.check("prediction: the recording shows itself only after the prediction", withPage(book, predicted, {}, async (page) => {
      const predict = page.locator(".predict").first();
      assert.equal(await predict.locator(".predict-recording").isVisible(), false);
      await startAt(page, ".predict");
      await tabTo(page, '.predict input[type="radio"]', 10);
      await page.keyboard.press("Space");
      await tabTo(page, '.predict button[type="submit"]', 10);
      await page.keyboard.press("Enter");
      assert.ok(await predict.locator(".predict-recording").isVisible());
      assert.match(await predict.locator(".verdict").textContent(), /That is what happens|It turns out differently/);
      const served = await page.evaluate(() => course.state !== null);
      assert.equal(await predict.getByRole("button", { name: /Run it/ }).isVisible(), served, "Run is there where the local server is");
    }));
  }
}

async function terms(book, checks) {
  const file = await pageWith(book, "a.term[data-term]");
  if (!file) return;
  await checks.check("a term's definition shows on focus, and Escape closes it", withPage(book, file, {}, async (page) => {
    await startAt(page, "a.term[data-term]");
    await tabTo(page, "a.term[data-term]", 20);
    const box = page.locator("#term-box");
    await box.waitFor();
    assert.ok((await box.textContent()).length > 20);
    assert.equal(await page.locator("a.term").first().getAttribute("aria-describedby"), "term-box");
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Escape");
    assert.equal(await box.isVisible(), false);
  }));
  await checks.check("a term's definition shows on hover and can be walked into", withPage(book, file, {}, async (page) => {
    await page.locator("a.term[data-term]").first().hover();
    await page.locator("#term-box").waitFor();
    await page.locator("#term-box").hover();
    await page.waitForTimeout(350);
    assert.ok(await page.locator("#term-box").isVisible());
  }));
  await checks.check("a term's first tap shows the definition, the second follows the link", withPage(book, file, { width: 390, hasTouch: true, isMobile: true }, async (page) => {
    const link = page.locator("a.term[data-term]").first();
    await link.tap();
    await page.locator("#term-box").waitFor();
    const { left, right } = await page.locator("#term-box").evaluate((each) => each.getBoundingClientRect().toJSON());
    assert.ok(left >= 0 && right <= 390, "within the screen");
    await link.tap();
    await page.waitForURL(/glossary\.html#/);
  }));
}
