// The simulators on their pages: operated by keyboard, the numbers agree, the address brings a state back.
import assert from "node:assert/strict";
import path from "node:path";
import { violations } from "./browser.js";
import { open, startAt, tabTo } from "./checks.mjs";
import { pageWith } from "./keyboard.mjs";

// What a reader presses to bring every task about, by the simulator's name: a button's text, or ["label", option].
const TASKS = {
  "cold-and-warm": [...["1", "2", "3"].flatMap(() => ["Send 1 request", "Step 1 s", "Step 1 s"]), "Send 5 at once", ...Array(13).fill("Step 1 s"), "Send 1 request"],
  "retry-storm": [...Array(4).fill("Step 1 s"), "Sixty more at once", "Step 1 s", ["After a failure, callers", "4"], ["Idempotency keys", true], "Start over",
    "Step 1 s", ["After a failure, callers", "4"], "Sixty more at once", ...Array(16).fill("Step 1 s"), ["Idempotency keys", true], ...Array(30).fill("Step 1 s")],
  partitions: [["Partition key", "3"], ["Within a key", "1"], ["Traffic", "4000"], ...Array(18).fill("Step 10 s"),
    ["Partition key", "1"], ["Within a key", "0"], ...Array(17).fill("Step 10 s"),
    ["Partition key", "0"], ["Capacity", "1000"], ["Traffic", "500"], ...Array(10).fill("Step 10 s"), ["Traffic", "1500"], ...Array(11).fill("Step 10 s")],
  capacity: [["Operation", "4"], ["An item has", "1024"], ["An item has", "1025"], ["Operation", "0"], ["An item has", "64"], ["Items", "1500"], ["Operation", "1"],
    ["Items", "40000"], ["The filter keeps", "10"]],
};
// How long a tick stands for, in seconds; 0 where no time passes.
const SPAN = { "cold-and-warm": 0.1, "retry-storm": 0.1, partitions: 1, capacity: 0 };

export async function simulators(book, checks) {
  for (const name of Object.keys(TASKS)) {
    const home = `.sim[data-sim="${name}"]`;
    const span = SPAN[name];
    const seconds = (ticks) => `${(ticks * span).toFixed(span < 1 ? 1 : 0)} s`;
    const file = await pageWith(book, home);
    if (!file) continue;
    // It is loaded when it comes near.
    const mounted = async (page) => {
      await page.locator(home).scrollIntoViewIfNeeded();
      await page.locator(`${home} .sim-live`).waitFor();
      await page.locator(home).scrollIntoViewIfNeeded();
    };
    const at = async (context = {}) => {
      const page = await open(book, file, context);
      await mounted(page);
      return page;
    };
    const press = async (page, action) => {
      const sim = page.locator(home);
      if (typeof action === "string") {
        await sim.getByRole("button", { name: action, exact: true }).focus();
        await page.keyboard.press("Enter");
      } else if (action[1] === true) {
        await sim.getByLabel(new RegExp(`^${action[0]}`)).focus();
        await page.keyboard.press("Space");
      } else {
        await sim.getByLabel(new RegExp(`^${action[0]}`)).selectOption(action[1]);
      }
    };
    const clock = (page) => page.locator(`${home} output`).textContent();
    const told = (page) => page.locator(`${home} .sim-summary`).textContent();

    await checks.check(`${name}: a page that has it far below loads it when it comes near`, async () => {
      const page = await open(book, file);
      const far = await page.locator(home).evaluate((each) => each.getBoundingClientRect().top > innerHeight + 1000);
      await page.waitForTimeout(200);
      if (far) assert.equal(await page.locator(`${home} .sim-live`).count(), 0, "it was loaded at once");
      await mounted(page);
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
    await checks.check(`${name}: the first control is reached, used, and taken back by keyboard`, async () => {
      const page = await at();
      const before = await told(page);
      await startAt(page, `${home} .sim-stage`);
      await tabTo(page, `${home} .sim-row :is(button, select)`, 8);
      await page.keyboard.press(await page.evaluate(() => (document.activeElement.matches("select") ? "ArrowDown" : "Enter")));
      // The address is told to us a moment after the page has it.
      await page.waitForURL(/#sim=/);
      await press(page, "Undo");
      assert.equal(await told(page), before);
      await press(page, "Start over");
      assert.ok(await page.locator(home).getByRole("button", { name: "Undo" }).isDisabled());
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
    if (span) await checks.check(`${name}: step, scrub, undo and start over by keyboard`, async () => {
      const page = await at();
      await startAt(page, `${home} .sim-stage`);
      await tabTo(page, `${home} .sim-row :is(button, select)`, 8);
      await page.keyboard.press(await page.evaluate(() => (document.activeElement.matches("select") ? "ArrowDown" : "Enter")));
      await press(page, `Step ${span * 10} s`);
      await press(page, `Step ${span} s`);
      assert.equal(await clock(page), seconds(11));
      const summary = await told(page);
      await page.locator(`${home} input[type="range"]`).focus();
      for (let each = 0; each < 5; each += 1) await page.keyboard.press("ArrowLeft");
      assert.equal(await clock(page), seconds(6));
      for (let each = 0; each < 5; each += 1) await page.keyboard.press("ArrowRight");
      assert.equal(await told(page), summary, "back and forth gives the same");
      await press(page, "Undo");
      assert.equal(await clock(page), seconds(0));
      await press(page, "Start over");
      assert.ok(await page.locator(home).getByRole("button", { name: "Undo" }).isDisabled());
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
    if (span) await checks.check(`${name}: the clock runs and stops; with reduced motion it jumps`, async () => {
      for (const reducedMotion of ["no-preference", "reduce"]) {
        const page = await at({ reducedMotion });
        const began = Date.now();
        await press(page, "Play");
        await page.waitForTimeout(1250);
        await press(page, "Pause");
        // It ticks every 100 ms, and pressing takes its time on a machine that has other things to do.
        const most = (Date.now() - began) / 100 + 3;
        const time = parseFloat(await clock(page));
        const ticks = time / span;
        assert.ok(reducedMotion === "reduce" ? ticks === 10 : ticks > 5 && ticks < most, `${time} s, ${ticks} ticks of at most ${most}`);
        await page.waitForTimeout(250);
        assert.equal(parseFloat(await clock(page)), time, "it stands still");
        await page.context().close();
      }
    });
    await checks.check(`${name}: every task can be brought about, ticks itself, and stays ticked`, async () => {
      const page = await at();
      for (const action of TASKS[name]) await press(page, action);
      const left = () => page.$$eval(`${home} .sim-tasks li:not(.done)`, (all) => all.map((each) => each.textContent));
      assert.deepEqual(await left(), []);
      if (book.out) await page.locator(home).screenshot({ path: path.join(book.out, `simulator-${name}.png`) });
      await page.goto(page.url().split("#")[0]);
      await page.reload();
      await mounted(page);
      assert.deepEqual(await left(), [], "after a reload");
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
    await checks.check(`${name}: the address brings the same state to a friend`, async () => {
      const page = await at();
      const beginning = await told(page);
      for (const action of TASKS[name].slice(0, 6)) await press(page, action);
      const [summary, drawing] = [await told(page), await page.locator(`${home} .sim-stage`).innerHTML()];
      await page.waitForURL(/#sim=/);
      const friend = await book.browser.newContext({ viewport: { width: 1280, height: 900 } });
      const theirs = await friend.newPage();
      await theirs.goto(page.url());
      await theirs.locator(`${home} .sim-live`).waitFor();
      assert.equal(await told(theirs), summary);
      assert.equal(await theirs.locator(`${home} .sim-stage`).innerHTML(), drawing);
      assert.ok(await theirs.locator(home).evaluate((each) => each.getBoundingClientRect().top < innerHeight), "and in sight");
      await theirs.goto(`${page.url().split("#")[0]}#sim=${name}:<img src=x>.zz`);
      await theirs.reload();
      await theirs.locator(`${home} .sim-live`).waitFor();
      assert.equal(await told(theirs), beginning, "nonsense begins at the beginning");
      await friend.close();
      await page.context().close();
    });
    await checks.check(`${name}: running, with its table open, it is accessible in each theme and on a phone`, async () => {
      for (const width of [1280, 390]) {
        const page = await at({ width, reducedMotion: "reduce" });
        for (const action of TASKS[name].slice(0, 8)) await press(page, action);
        await page.locator(`${home} .sim-live > details > summary`).focus();
        await page.keyboard.press("Enter");
        for (const theme of ["light", "dark", "contrast"]) {
          await page.evaluate((each) => { document.documentElement.dataset.theme = each; }, theme);
          assert.deepEqual((await violations(page, { within: home })).map(({ id, nodes }) => `${id} ${nodes.slice(0, 3)}`), []);
          if (book.out) await page.locator(home).screenshot({ path: path.join(book.out, `simulator-${name}-${theme}-${width}.png`) });
        }
        assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= document.documentElement.clientWidth));
        await page.context().close();
      }
    });
  }
}
