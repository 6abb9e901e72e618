// Counts, and says which check failed and why.
const WAIT_MS = 20_000;
/** A check that takes longer says how long. */
const SLOW_SECONDS = 5;

export class Checks {
  passed = 0;
  /** What did not hold, each with its reason. */
  failures = [];

  constructor(only = null) {
    this.only = only;
  }

  /** Runs one check; what it throws is its failure. Returns whether it held. */
  async check(name, run) {
    if (this.only && !name.includes(this.only)) return true;
    const begun = performance.now();
    try {
      await run();
      this.passed += 1;
      const seconds = (performance.now() - begun) / 1000;
      console.log(`  ok    ${name}${seconds > SLOW_SECONDS ? ` (${seconds.toFixed(1)} s)` : ""}`);
      return true;
    } catch (error) {
      const failure = `  FAIL  ${name}\n        ${String(error.message ?? error).split("\n").slice(0, 14).join("\n        ")}`;
      this.failures.push(failure);
      console.log(failure);
      return false;
    }
  }
}

/** Runs `work` on every item, a few at a time. */
export async function several(items, work, lanes = 3) {
  const left = [...items];
  await Promise.all(Array.from({ length: lanes }, async () => {
    while (left.length) await work(left.shift());
  }));
}

/** A page that remembers console errors and requests that leave this machine. Close its context afterwards. */
export async function open(book, file, { width = 1280, height = 900, theme = null, url = book.url, ...context } = {}) {
  const opened = await book.browser.newContext({ viewport: { width, height }, ...context });
  const page = await opened.newPage();
  // Generous: CI machines build while they browse.
  page.setDefaultTimeout(WAIT_MS);
  page.errors = [];
  page.strangers = [];
  page.scripts = new Map();
  page.on("console", (message) => { if (message.type() === "error") page.errors.push(message.text()); });
  page.on("pageerror", (error) => page.errors.push(String(error.stack ?? error)));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!["file:", "data:", "blob:", "about:"].includes(protocol) && !/^(127\.0\.0\.1|([\w-]+\.)?localhost)$/.test(hostname)) page.strangers.push(request.url());
  });
  page.on("response", async (response) => {
    if (response.request().resourceType() !== "script") return;
    const body = await response.body().catch(() => null);
    if (body) page.scripts.set(new URL(response.url()).pathname, body.length);
  });
  if (theme) await page.addInitScript((name) => localStorage.setItem("course.theme", name), theme);
  await page.goto(`${url}/${file}`);
  await page.waitForFunction(() => window.course?.mounted !== false).catch(() => {});
  return page;
}

/** Scrolls from the top to the end and back, until what is loaded on the way is there. */
export const readThrough = (page) => page.evaluate(async () => {
  const soon = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let at = 0; at < document.documentElement.scrollHeight; at += innerHeight) {
    scrollTo({ top: at, behavior: "instant" });
    await soon(40);
  }
  const waiting = () => document.querySelector("main .sim:not(.sim-mounted)");
  for (let wait = 0; wait < 100 && waiting(); wait += 1) await soon(50);
  scrollTo({ top: 0, behavior: "instant" });
  await soon(40);
});

/** Where the keyboard is. */
export const focused = (page) => page.evaluate(() => {
  const at = document.activeElement;
  return at ? `${at.tagName.toLowerCase()}${at.id ? `#${at.id}` : ""} ${(at.getAttribute("aria-label") || at.textContent || "").trim().slice(0, 40)}` : "nothing";
});

/** Presses Tab until `selector` has the focus: what a keyboard can't reach fails here. */
export async function tabTo(page, selector, limit = 400) {
  for (let press = 0; press < limit; press += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${limit} presses of Tab did not reach ${selector}`);
}

/** Puts the keyboard shortly before an element, so that tabbing to it takes few presses. */
export const startAt = (page, selector) => page.evaluate((wanted) => {
  const element = document.querySelector(wanted);
  element.scrollIntoView({ block: "center" });
  const before = document.createElement("span");
  before.tabIndex = -1;
  element.before(before);
  before.focus();
  before.addEventListener("blur", () => before.remove(), { once: true });
}, selector);
