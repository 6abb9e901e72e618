// On paper, from files, and without script.
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { open, readThrough } from "./checks.mjs";
import { pageWith } from "./keyboard.mjs";

export async function paper(book, checks) {
  const chapter = (await pageWith(book, ".quiz")) ?? book.pages[0];

  await checks.check("paper is light, without controls, with answers and still figures", async () => {
    for (const theme of ["dark", "contrast"]) {
      const page = await open(book, chapter, { theme });
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      const seen = await page.evaluate(() => {
        const shown = (selector) => [...document.querySelectorAll(selector)].some((each) => each.checkVisibility() && each.getBoundingClientRect().height > 0);
        return {
          paper: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color,
          bar: shown(".bar"), contents: shown(".contents"), live: shown(".sim-live"), check: shown(".quiz-actions"),
          answers: !document.querySelector(".quiz") || shown(".quiz .quiz-answers :is(.quiz-whys, .quiz-explanation)"),
          still: !document.querySelector(".sim") || shown(".sim-still svg"),
        };
      });
      assert.deepEqual({ ...seen, ink: undefined }, { paper: "rgb(255, 255, 255)", ink: undefined, bar: false, contents: false, live: false, check: false, answers: true, still: true });
      assert.ok(seen.ink.match(/\d+/g).slice(0, 3).every((each) => Number(each) < 70), `ink ${seen.ink}`);
      if (book.out && theme === "dark") await page.pdf({ path: path.join(book.out, `${chapter.replace(".html", "")}.pdf`), format: "A4", printBackground: true });
      await page.context().close();
    }
  });
  await checks.check("on paper the answers stand at the end, by the numbers of their questions, and are back afterwards", async () => {
    const page = await open(book, chapter);
    await readThrough(page);
    const places = () => page.evaluate(() => [...document.querySelectorAll(":is(.quiz, .predict)")].map((each) => [...each.children].map((child) => child.className)));
    const before = await places();
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    const printed = await page.evaluate(() => ({
      left: document.querySelectorAll(":is(.quiz, .predict) .quiz-answers").length,
      last: document.querySelector("main").lastElementChild.className,
      shown: [...document.querySelectorAll(".answers > .quiz-answers")].filter((each) => each.getBoundingClientRect().height > 20).length,
    }));
    assert.deepEqual(printed, { left: 0, last: "answers", shown: before.length });
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.deepEqual(await places(), before);
    assert.equal(await page.locator(".answers").count(), 0);
    // A browser that prints tells the page so itself.
    await page.evaluate(() => { window.printed = 0; addEventListener("beforeprint", () => { printed = document.querySelectorAll(".answers > .quiz-answers").length; }); });
    await page.pdf({ format: "A4" });
    assert.equal(await page.evaluate(() => window.printed), before.length);
    await page.context().close();
  });
  await checks.check("the whole book on one page prints", async () => {
    const page = await open(book, "print.html#no-dialog");
    await page.emulateMedia({ media: "print" });
    const { text, buttons } = await page.evaluate(() => ({ text: document.querySelector("main").textContent.length, buttons: document.querySelectorAll("main .quiz-form").length }));
    assert.ok(text > 2000, `${text} characters`);
    assert.equal(buttons, 0, "questions stay as text");
    const pdf = await page.pdf({ format: "A4", printBackground: true });
    assert.ok(pdf.length > 20_000);
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.strangers, []);
    await page.context().close();
  });

  if (book.folder) {
    const url = pathToFileURL(book.folder).href;
    for (const file of book.pages) {
      await checks.check(`file: ${file} works`, async () => {
        const page = await open(book, file, { url });
        await page.waitForTimeout(200);
        assert.deepEqual(page.errors, []);
        assert.deepEqual(page.strangers, []);
        assert.ok(await page.evaluate(() => document.fonts.ready.then(() => [...document.fonts].some((font) => font.status === "loaded"))), "the book's own fonts are loaded");
        assert.ok((await page.locator("#mdbook-sidebar a").count()) > 2, "the contents are there");
        await readThrough(page);
        assert.equal(await page.locator(".sim:not(.sim-mounted)").count(), 0, "a simulator was not loaded");
        await page.context().close();
      });
    }
    await checks.check("file: search works", async () => {
      const page = await open(book, chapter, { url });
      await page.keyboard.press("/");
      await page.waitForFunction(() => window.elasticlunr && document.getElementById("search-count").textContent === "");
      await page.keyboard.type("environment");
      await page.locator("#search-results a").first().waitFor();
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  for (const width of [1280, 390]) {
    await checks.check(`without script, ${width} px: questions, answers, figures and contents are readable`, async () => {
      const context = await book.browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 900 } });
      const page = await context.newPage();
      await page.goto(`${book.url}/${chapter}`);
      if (await page.locator(".quiz").count()) {
        const quiz = page.locator(".quiz").first();
        assert.ok(await quiz.locator(":is(.quiz-options, .quiz-blank)").first().isVisible());
        await quiz.locator("summary").click();
        assert.ok(await quiz.locator(":is(.quiz-whys, .quiz-explanation)").first().isVisible());
      }
      if (await page.locator(".sim").count()) assert.ok(await page.locator(".sim svg").first().isVisible());
      assert.ok(await page.frameLocator(".contents iframe").locator("a").first().isVisible(), "the contents");
      if (book.out) await page.screenshot({ path: path.join(book.out, `no-script-${width}.png`) });
      await context.close();
    });
  }
}
