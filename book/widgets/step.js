// Step cards, live: the last run, what was observed, a button that runs the tests.
"use strict";

(function () {
  const { element } = course;
  const words = {
    unknown: ["Not run yet", "Red is where one starts."],
    todo: ["To do", "The starter's `todo!` is still there: this is where you start."],
    failed: ["Red", ""],
    passed: ["Passed", ""],
    running: ["Running", "Your last save is being tested."],
  };
  const code = (text) => text.split(/(`[^`]+`)/).map((part) => (/^`.+`$/.test(part) ? element("code", {}, part.slice(1, -1)) : part));

  // Lines that have no partner in the other text are the ones to look at.
  const LINES_MAX = 400;
  function unlike(left, right) {
    const [a, b] = [left, right].map((text) => text.replace(/\n$/, "").split("\n"));
    if (a.length > LINES_MAX || b.length > LINES_MAX) return [[left], [right]];
    const length = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i -= 1) {
      for (let j = b.length - 1; j >= 0; j -= 1) length[i][j] = a[i] === b[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    }
    const [shownA, shownB] = [[], []];
    const odd = (line) => element("mark.odd-line", {}, `${line}\n`);
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) { shownA.push(`${a[i++]}\n`); shownB.push(`${b[j++]}\n`); }
      else if (j >= b.length || (i < a.length && length[i + 1][j] >= length[i][j + 1])) shownA.push(odd(a[i++]));
      else shownB.push(odd(b[j++]));
    }
    return [shownA, shownB];
  }

  // Where to read, `01-serverless-functions.html#life`, is told by its heading.
  function reading(text) {
    const [, page, anchor] = /^([\w-]+\.html)(?:#([\w-]+))?$/.exec(text) || [];
    if (!page) return code(text);
    const here = page === course.page.replace(/\.md$/, ".html");
    const heading = here && anchor ? document.getElementById(anchor) : null;
    const chapter = document.querySelector(`#mdbook-sidebar a[href$="${page}"]`);
    const name = heading?.textContent || chapter?.textContent || page;
    return [element("a", { href: heading ? `#${anchor}` : course.root + text }, name.trim())];
  }

  course.widget(".step[data-step]", (card) => {
    const place = card.querySelector(".step-status") || card.appendChild(element("p.step-status", { "aria-live": "polite" }));
    const detail = element("div.step-detail");
    const run = element("button.button.small", { type: "button", "aria-label": `Run the tests of exercise ${card.dataset.exercise}` }, "Run the tests");
    const answer = element("span.step-answer", { role: "status" });
    const actions = element("div.step-actions", { hidden: true }, run, answer);
    place.after(detail, actions);
    run.addEventListener("click", async () => {
      answer.textContent = "Asked for.";
      try {
        const reply = await fetch(course.root + "api/run/" + encodeURIComponent(card.dataset.exercise), { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
        const told = await reply.json().catch(() => ({}));
        answer.textContent = reply.ok ? "The tests are running." : told.message || "It could not be run.";
      } catch {
        answer.textContent = "The book's server does not answer. Is `cargo course` still running?";
      }
    });
    let last = "";
    course.onState((state) => {
      const exercise = (state.exercises || []).find((each) => (each.steps || []).some((step) => step.key === card.dataset.step));
      const step = exercise?.steps.find((each) => each.key === card.dataset.step);
      if (!step) return;
      actions.hidden = false;
      // A run in progress keeps the last verdict in sight.
      card.classList.toggle("running", exercise.status === "running");
      const said = JSON.stringify([step.status, step.message, step.tests, exercise.status === "broken" && exercise.broken]);
      if (said === last) return;
      last = said;
      answer.textContent = "";
      const status = exercise.status === "broken" ? "broken" : step.status;
      card.dataset.status = status;
      const [word, note] = status === "broken" ? [exercise.broken, step.message || "The terminal says more."] : words[status] || [status, ""];
      place.replaceChildren(element("strong", {}, word), " ", ...code(status === "failed" ? step.message || "" : note));
      const tests = (step.tests || []).filter((test) => test.outcome !== "passed" && (test.happened || test.expected || test.yours || test.cause || test.read));
      const open = detail.querySelector("details")?.open ?? false;
      detail.replaceChildren();
      const edited = step.tests?.find((test) => test.edited?.length)?.edited;
      if (edited) detail.append(element("p", {}, `Does not count: not the course's own any more: ${edited.join(", ")}`));
      if (status === "failed" && tests.length) {
        const box = element("details", { open }, element("summary", {}, tests.length === 1 ? "What was observed" : `What was observed, in ${tests.length} tests`));
        for (const test of tests) {
          box.append(element("p.step-test", {}, test.name.replace(/_/g, " ")));
          if (test.happened) box.append(element("pre", {}, element("code", {}, test.happened)));
          if (test.expected || test.yours) {
            const [expected, yours] = unlike(test.expected || "", test.yours || "");
            box.append(element("div.step-compare", {},
              element("figure", {}, element("figcaption", {}, "Expected"), element("pre", {}, element("code", {}, ...expected))),
              element("figure", {}, element("figcaption", {}, "Yours"), element("pre", {}, element("code", {}, ...yours)))));
          }
          for (const remark of test.remarks || []) box.append(element("p", {}, element("strong", {}, "Noticed: "), ...code(remark)));
          if (test.cause) box.append(element("p", {}, element("strong", {}, "Likely cause: "), ...code(test.cause)));
          if (test.read) box.append(element("p", {}, element("strong", {}, "Read: "), ...reading(test.read)));
        }
        detail.append(box);
        course.mount(detail);
      }
    });
  });
})();
