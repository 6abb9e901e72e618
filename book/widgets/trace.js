// A reader's run, as `cargo course trace` has kept it, beside the reference's.
"use strict";

(function () {
  const { element } = course;

  // The server makes the picture, and escapes what is in it.
  function picture(svg, name) {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    return element("figure.trace-figure", {}, element("figcaption", {}, name),
      element("div.trace-scroll", { tabindex: "0", role: "group", "aria-label": `${name}, drawn. It may be wider than the page.` }, document.importNode(parsed, true)));
  }

  function figures(rows) {
    const both = rows.some(([, , other]) => other !== null);
    const head = element("tr", {}, element("th", { scope: "col" }, "In this run"), element("th", { scope: "col" }, "Yours"), ...(both ? [element("th", { scope: "col" }, "Reference")] : []));
    const body = rows.map(([name, own, other]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, own), ...(both ? [element("td", {}, other ?? "")] : [])));
    return element("table.trace-figures", {}, element("thead", {}, head), element("tbody", {}, ...body));
  }

  function test(drawn) {
    return element("section.trace-test", {},
      element("p.step-test", {}, drawn.name),
      figures(drawn.figures),
      picture(drawn.yours, "Your run"),
      ...(drawn.reference ? [picture(drawn.reference, "The reference’s run")] : []),
      element("details", {}, element("summary", {}, "In words"),
        element("pre", { tabindex: "0", role: "group", "aria-label": `${drawn.name}, in words` }, element("code", {}, drawn.text))));
  }

  // One request an exercise, however many cards ask.
  const asked = new Map();
  function runs(number, at) {
    const known = asked.get(number);
    if (known?.at === at) return known.answer;
    const answer = fetch(course.root + "api/trace/" + encodeURIComponent(number), { headers: { accept: "application/json" } })
      .then((reply) => (reply.ok ? reply.json() : { tests: [] }))
      .then((told) => told.tests || []);
    asked.set(number, { at, answer });
    answer.catch(() => asked.delete(number));
    return answer;
  }

  course.widget(".step[data-step]", (card) => {
    const box = element("details.step-trace", { hidden: true });
    card.append(box);
    let last = 0;
    course.onState(async (state) => {
      const exercise = (state.exercises || []).find((each) => String(each.number) === card.dataset.exercise);
      const at = exercise?.traced_ms || 0;
      if (!at || at === last) return;
      last = at;
      try {
        const mine = (await runs(exercise.number, at)).filter((drawn) => drawn.step === card.dataset.step);
        if (at !== last) return;
        box.hidden = mine.length === 0;
        box.replaceChildren(element("summary", {}, mine.length === 1 ? "A run, drawn" : `${mine.length} runs, drawn`), ...mine.map(test));
        course.mount(box);
      } catch {
        // The server went away; the next state tells whether it is back.
        last = 0;
      }
    });
  });
})();
