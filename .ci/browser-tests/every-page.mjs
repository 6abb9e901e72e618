// What holds for each page, in each theme, at a desk's and at a phone's width.
import assert from "node:assert/strict";
import path from "node:path";
import { COLOURS, violations } from "./browser.js";
import { open, readThrough, several } from "./checks.mjs";
import { weigh } from "./weight.mjs";

const THEMES = ["light", "dark", "contrast"];
const WIDTHS = [1280, 390];
const SHOT_MAX = 6000;
const OUR_SCRIPT_MAX = 100_000;
const QUIZ_SCRIPT_MAX = 25_000;

const told = (list) => list.map(({ id, impact, help, nodes }) => `${id} (${impact}): ${help}: ${nodes.slice(0, 3).join(" | ")}`).join("\n");

export async function everyPage(book, checks) {
  // The frame around the text is the same on every page: its colours are looked at on one.
  const framed = book.pages[0];
  await several(book.pages, async (file) => {
    const name = file.replace(/\.html$/, "");
    for (const width of WIDTHS) {
      const page = await open(book, file, { width, reducedMotion: "reduce" });
      await readThrough(page);
      for (const theme of THEMES) {
        await page.evaluate((each) => { document.documentElement.dataset.theme = each; }, theme);
        await page.waitForTimeout(50);
        await checks.check(`${name} · ${theme} · ${width}: no accessibility violation`, async () => {
          const found = await violations(page, theme === THEMES[0] || file === framed ? {} : { within: "main", rules: COLOURS });
          assert.equal(found.length, 0, told(found));
        });
        if (book.out) {
          // A chapter is thirty screens high; its head shows how it looks.
          const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), SHOT_MAX);
          await page.screenshot({ path: path.join(book.out, `${name}-${theme}-${width}.png`), fullPage: true, clip: { x: 0, y: 0, width, height } });
        }
      }
      await checks.check(`${name} · ${width}: nothing is wider than the screen`, async () => {
        const { inner, outer, widest } = await page.evaluate(() => {
          const limit = document.documentElement.clientWidth;
          const wide = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > limit + 1 && !each.closest("pre, .table-wrapper, .contents, .sr-only, dialog"));
          return { inner: document.scrollingElement.scrollWidth, outer: limit, widest: wide.slice(0, 3).map((each) => each.outerHTML.slice(0, 90)) };
        });
        assert.ok(inner <= outer, `${inner} px wide on ${outer} px; ${widest.join(" | ")}`);
      });
      if (width === WIDTHS[0]) {
        await checks.check(`${name}: everything unfolded is accessible too`, async () => {
          await page.evaluate(() => document.querySelectorAll("main details").forEach((each) => { each.open = true; each.hidden = false; }));
          // What scrolls now is made reachable after the next layout.
          await page.waitForTimeout(400);
          const found = await violations(page);
          assert.equal(found.length, 0, told(found));
        });
        await checks.check(`${name}: no error in the console, no request to strangers`, () => {
          assert.deepEqual(page.errors, []);
          assert.deepEqual(page.strangers, []);
        });
        if (book.folder) await checks.check(`${name}: our script is light, read to its end with the local server behind it`, async () => {
          const { scripts, bytes } = await weigh(book.browser, book.folder, file);
          assert.ok(bytes > 0, "no script was seen");
          assert.ok(bytes < OUR_SCRIPT_MAX, `${bytes} bytes of our own script`);
          const quiz = scripts.find(([url]) => /\/quiz-/.test(url))?.[1] ?? 0;
          assert.ok(quiz < QUIZ_SCRIPT_MAX, `quizzes take ${quiz} bytes`);
        });
        await checks.check(`${name}: headings go down step by step, one title`, async () => {
          const levels = await page.$$eval("main :is(h1,h2,h3,h4,h5,h6)", (all) => all.map((each) => [Number(each.tagName[1]), each.textContent]));
          assert.equal(levels.filter(([level]) => level === 1).length, 1, "a page has one h1");
          levels.forEach(([level, text], place) => { if (place) assert.ok(level <= levels[place - 1][0] + 1, `"${text}" skips a level`); });
        });
        await checks.check(`${name}: no id twice, every link on the page has its target`, async () => {
          const { twice, dead } = await page.evaluate(() => {
            const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
            return {
              twice: ids.filter((id, place) => ids.indexOf(id) !== place),
              dead: [...document.querySelectorAll('main a[href^="#"]')].map((each) => each.getAttribute("href")).filter((href) => !document.getElementById(decodeURIComponent(href.slice(1)))),
            };
          });
          assert.deepEqual({ twice, dead }, { twice: [], dead: [] });
        });
      }
      await page.context().close();
    }
  });

  await checks.check("the theme follows the system until one is chosen", async () => {
    const paper = async (context) => {
      const page = await open(book, book.pages[0], context);
      const color = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      await page.context().close();
      return color.match(/\d+/g).slice(0, 3).map(Number).reduce((sum, each) => sum + each, 0);
    };
    assert.ok((await paper({ colorScheme: "light" })) > 700);
    assert.ok((await paper({ colorScheme: "dark" })) < 150);
    assert.ok((await paper({ colorScheme: "dark", theme: "light" })) > 700);
    assert.ok((await paper({ colorScheme: "light", theme: "dark" })) < 150);
  });
  await checks.check("reduced motion: nothing slides or fades", async () => {
    const page = await open(book, book.pages[0], { reducedMotion: "reduce" });
    const moving = await page.$$eval("*", (all) => all.filter((each) => {
      const style = getComputedStyle(each);
      return style.transitionDuration.split(",").some((time) => parseFloat(time) > 0) || style.animationName !== "none";
    }).map((each) => each.className));
    assert.deepEqual(moving, []);
    await page.context().close();
  });
}
