// Quizzes and predictions: what the page holds for a reader without script becomes a form, and the explanations wait until
// there is an answer. Answers are kept by the question's id.
"use strict";

(function () {
  const { element, store } = course;
  let names = 0;

  const plain = (text) => text.trim().replace(/\s+/g, " ").toLowerCase();
  const lines = (text) => text.replace(/\r/g, "").split("\n").map((line) => line.trimEnd()).join("\n").trim();

  function mount(section) {
    if (course.print) return;
    const predict = section.matches(".predict");
    const id = predict ? section.dataset.predict : section.dataset.quiz;
    const kind = predict ? "one" : section.dataset.kind;
    const key = (predict ? "predict." : "quiz.") + id;
    const spec = course.spec(section);
    const answers = section.querySelector(".quiz-answers");
    const shown = section.querySelector(".quiz-options, .quiz-blank");
    const stem = section.querySelector(".quiz-stem");
    if (!spec || !answers) return;
    const whys = [...answers.querySelectorAll(".quiz-whys > li")].map((item) => item.innerHTML);
    let kept = store.get(key, { tries: 0, done: false, right: false, answer: null });

    const verdict = element("div.quiz-verdict", { role: "status", "aria-live": "polite" });
    const check = element("button.button.primary", { type: "submit" }, predict ? "That is my prediction" : "Check");
    const reveal = element("button.button", { type: "button" }, "Show the explanations");
    const again = element("button.button", { type: "button" }, "Start over");
    const form = element("form.quiz-form", { novalidate: true, autocomplete: "off" });
    const fields = { one: choice, several: choice, text: written, output: written, order: ordered }[kind]();
    form.append(fields.body, element("div.quiz-actions", {}, check, reveal, again), verdict);
    if (shown) shown.replaceWith(form);
    else answers.before(form);

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = fields.read();
      if (answer === null) {
        verdict.replaceChildren(element("p", {}, fields.missing));
        return;
      }
      const right = fields.right(answer);
      // The first answer is the one that tells what was understood.
      kept = { tries: kept.tries + 1, done: right || predict, right, answer, first: kept.first ?? right };
      store.set(key, kept);
      show(true);
    });
    reveal.addEventListener("click", () => {
      kept = { ...kept, done: true };
      store.set(key, kept);
      show(false);
      answers.open = true;
      answers.querySelector("summary").focus();
    });
    again.addEventListener("click", () => {
      store.remove(key);
      kept = { tries: 0, done: false, right: false, answer: null };
      fields.clear();
      show(false);
      fields.focus();
    });

    function show(asked) {
      const answered = kept.tries > 0;
      const checked = asked && document.activeElement === check;
      section.dataset.state = answered ? (kept.right ? "right" : "wrong") : kept.done ? "shown" : "open";
      answers.hidden = !kept.done;
      check.hidden = kept.done && (kept.right || predict);
      check.textContent = predict ? "That is my prediction" : answered ? "Check again" : "Check";
      reveal.hidden = kept.done || !answered;
      again.hidden = !answered && !kept.done;
      fields.mark(kept.done);
      verdict.replaceChildren();
      if (answered) {
        const word = predict
          ? kept.right ? "That is what happens." : "It turns out differently."
          : kept.right ? "Right." : "Not yet.";
        verdict.append(element(kept.right ? "p.verdict.right" : "p.verdict.wrong", {}, word));
        // Once everything is explained below, saying it twice helps nobody.
        for (const each of kept.done ? [] : fields.feedback(kept.answer, kept.right)) verdict.append(element("div.quiz-why", { html: each }));
      }
      if (kept.done && (kept.right || predict)) answers.open = asked || predict || answers.open;
      // Its button is gone.
      if (checked && check.hidden) answers.querySelector("summary").focus();
      if (asked) document.dispatchEvent(new CustomEvent("course:quiz", { detail: { id, right: kept.right } }));
    }

    fields.set(kept.answer);
    show(false);

    // ---- one of several, or several ----
    function choice() {
      const one = kind === "one";
      names += 1;
      const name = `quiz-field-${names}`;
      const items = [...shown.children].map((item, place) => {
        const input = element("input", { type: one ? "radio" : "checkbox", name, value: place, id: `${name}-${place}` });
        const label = element("label", { for: input.id, html: item.innerHTML });
        return { input, row: element("div.quiz-option", {}, input, label) };
      });
      const body = element("fieldset", { "aria-labelledby": stem.id });
      if (!one) body.append(element("p.quiz-note", {}, "More than one may hold."));
      body.append(...items.map((item) => item.row));
      const chosen = () => items.flatMap((item, place) => (item.input.checked ? [place] : []));
      body.addEventListener("change", () => items.forEach((item) => item.row.removeAttribute("data-mark")));
      return {
        body,
        missing: one ? "Choose an answer first." : "Choose at least one answer first.",
        read: () => (chosen().length ? chosen() : null),
        right: (answer) => JSON.stringify(answer) === JSON.stringify([...spec.answer].sort((a, b) => a - b)),
        feedback: (answer, right) => {
          if (one) return answer.map((place) => whys[place]).filter(Boolean);
          const wrong = answer.filter((place) => !spec.answer.includes(place));
          const list = wrong.map((place) => whys[place]).filter(Boolean);
          const missing = spec.answer.some((place) => !answer.includes(place));
          if (missing && !right) list.push(wrong.length ? "And at least one that holds is not chosen." : "What you chose holds; at least one more does.");
          return list;
        },
        mark: (done) => items.forEach((item, place) => {
          const locked = predict && kept.tries > 0;
          item.input.disabled = locked;
          const mine = kept.answer?.includes(place);
          const mark = done && spec.answer.includes(place) ? "right" : kept.tries && mine ? (spec.answer.includes(place) ? "right" : "wrong") : null;
          if (mark) item.row.dataset.mark = mark;
          else item.row.removeAttribute("data-mark");
          item.row.querySelector(".sr-only")?.remove();
          if (mark) item.row.querySelector("label").append(element("span.sr-only", {}, mark === "right" ? " (right)" : " (your answer, wrong)"));
        }),
        set: (answer) => items.forEach((item, place) => { item.input.checked = answer?.includes(place) || false; }),
        clear: () => items.forEach((item) => { item.input.checked = false; }),
        focus: () => items[0].input.focus(),
      };
    }

    // ---- short text, or what a program prints ----
    function written() {
      names += 1;
      const long = kind === "output";
      const input = element(long ? "textarea" : "input", { id: `quiz-field-${names}`, type: long ? null : "text", rows: long ? Math.max(2, (spec.accept?.[0] || "").split("\n").length) : null, spellcheck: "false", autocapitalize: "off", "aria-describedby": stem.id });
      const body = element("div.quiz-written", {}, element("label", { for: input.id }, long ? "What it prints, line by line" : "Your answer"), input);
      const same = long ? lines : plain;
      return {
        body,
        missing: "Write an answer first.",
        read: () => input.value.trim() || null,
        right: (answer) => (spec.accept || []).some((each) => same(each) === same(answer)),
        feedback: (answer, right) => {
          if (right) return [];
          const known = (spec.wrong || []).find((each) => { try { return new RegExp(each.matches, "i").test(answer.trim()); } catch { return false; } });
          if (known) return [known.why];
          if (!long) return [];
          const truth = lines(spec.accept[0]).split("\n");
          const mine = lines(answer).split("\n");
          const first = truth.findIndex((line, place) => line !== mine[place]);
          return [first < 0 ? "There are more lines than it prints." : `The first line that differs is line ${first + 1}.`];
        },
        mark: () => {},
        set: (answer) => { input.value = answer || ""; },
        clear: () => { input.value = ""; },
        focus: () => input.focus(),
      };
    }

    // ---- put in order ----
    function ordered() {
      const list = element("ol.quiz-order", { "aria-labelledby": stem.id });
      const start = [...shown.children].map((item, place) => ({ place, html: item.innerHTML, text: item.textContent.trim() }));
      let now = [...start];
      function draw() {
        list.replaceChildren(...now.map((item, at) => {
          const move = (by, word, arrow) => element("button.button.small", {
            type: "button",
            "aria-label": `Move ${word}: ${item.text}`,
            "aria-disabled": now[at + by] ? null : "true",
            "data-move": word,
            onclick: () => {
              if (!now[at + by]) return;
              [now[at], now[at + by]] = [now[at + by], now[at]];
              draw();
              list.children[at + by].querySelector(`[data-move="${word}"]`).focus();
              course.say(`${item.text}: place ${at + by + 1} of ${now.length}`);
            },
          }, arrow);
          return element("li", {}, element("div.quiz-order-text", { html: item.html }), element("div.quiz-order-moves", {}, move(-1, "up", "↑"), move(1, "down", "↓")));
        }));
      }
      draw();
      return {
        body: element("div", {}, element("p.quiz-note", {}, "Move the lines into the right order."), list),
        missing: "",
        read: () => now.map((item) => item.place),
        right: (answer) => JSON.stringify(answer) === JSON.stringify(spec.order),
        feedback: (answer, right) => {
          if (right) return [];
          const text = answer.map((place) => start[place].text).join("\n");
          const known = (spec.wrong || []).find((each) => { try { return new RegExp(each.matches, "is").test(text); } catch { return false; } });
          if (known) return [known.why];
          const good = answer.filter((place, at) => spec.order[at] === place).length;
          return [`${good} of ${answer.length} stand where they belong.`];
        },
        mark: () => {},
        set: (answer) => {
          if (Array.isArray(answer) && answer.length === start.length) { now = answer.map((place) => start[place]); draw(); }
        },
        clear: () => { now = [...start]; draw(); },
        focus: () => list.querySelector("button").focus(),
      };
    }

    section.courseShow = () => {
      kept = store.get(key, { tries: 0, done: false, right: false, answer: null });
      fields.set(kept.answer);
      show(false);
    };
  }

  course.widget(".quiz, .predict", mount);
})();
