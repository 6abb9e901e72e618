// The stand of a simulator: a log of events over a pure model. Position in the log is all there is to remember:
// scrubbing, undo, and the address that can be sent to a friend follow from it.
// A model's TICK_MS is how long a tick plays, its SPAN_MS how long it stands for; without TICK_MS no time passes.
"use strict";

(function () {
  const { element, store } = course;
  const LOG_MAX = 3000;
  const TOKENS_MAX = 4000;

  // A log as text: ticks are counted, other events have their model's letters.
  function write(model, seed, log) {
    const tokens = [];
    let ticks = 0;
    const flush = () => { if (ticks) tokens.push(`t${ticks}`); ticks = 0; };
    for (const event of log) {
      if (event.type === "tick") ticks += 1;
      else { flush(); tokens.push(model.encode(event)); }
    }
    flush();
    return `${seed}.${tokens.join(".")}`;
  }
  function read(model, text) {
    const [seedText, ...tokens] = text.slice(0, TOKENS_MAX).split(".");
    const seed = Number(seedText);
    if (!Number.isInteger(seed) || seed < 0) return null;
    const log = [];
    for (const token of tokens) {
      if (!token) continue;
      if (token[0] === "t") {
        const ticks = Math.min(Number(token.slice(1)) || 0, LOG_MAX - log.length);
        for (let each = 0; each < ticks; each += 1) log.push({ type: "tick" });
      } else {
        const event = model.decode(token);
        if (!event) return null;
        if (log.length < LOG_MAX) log.push(event);
      }
    }
    return { seed, log };
  }

  course.simulate = function (section, name, model, view) {
    const key = `sim.${name}`;
    let seed = model.initial().seed;
    let log = [];
    let states = [model.initial()];
    let at = 0;
    let timer = null;
    const done = { ...store.get(key, { done: {} }).done };
    const timed = Boolean(model.TICK_MS);
    const span = (model.SPAN_MS ?? model.TICK_MS) / 1000;
    const seconds = (number) => `${number.toFixed(span < 1 ? 1 : 0)} s`;

    const state = () => {
      while (states.length <= at) states.push(model.step(states.at(-1), log[states.length - 1]));
      return states[at];
    };
    const cut = (length) => {
      log = log.slice(0, length);
      states = states.slice(0, length + 1);
      at = Math.min(at, length);
    };
    const put = (event) => {
      cut(at);
      log.push(event);
      at = log.length;
    };
    function act(event) {
      if (log.length >= LOG_MAX && at === log.length) return;
      put(event);
      show(true);
    }

    // ---- controls ----
    const followers = [];
    const api = {
      button: (text, event) => element("button.button", { type: "button", onclick: () => act(event) }, text),
      choice(label, type, options, value = (now) => now[type]) {
        const select = element("select", {}, ...options.map(([number, text]) => element("option", { value: number }, text)));
        select.addEventListener("change", () => act({ type, value: Number(select.value) }));
        followers.push((now) => { select.value = String(value(now)); });
        return element("label.sim-field", {}, label, select);
      },
      toggle(label, type) {
        const box = element("input", { type: "checkbox" });
        box.addEventListener("change", () => act({ type, value: box.checked ? 1 : 0 }));
        followers.push((now) => { box.checked = Boolean(now[type]); });
        return element("label.sim-field", {}, box, label);
      },
    };
    const play = element("button.button.primary", { type: "button", onclick: () => (timer ? pause() : start()) }, "Play");
    const once = element("button.button", { type: "button", onclick: () => { pause(); advance(1); show(true); } }, `Step ${span} s`);
    const ten = element("button.button", { type: "button", onclick: () => { pause(); advance(10); show(true); } }, `Step ${span * 10} s`);
    const undo = element("button.button", { type: "button", onclick: back }, "Undo");
    const restart = element("button.button", { type: "button", onclick: () => { pause(); at = 0; cut(0); show(true); } }, "Start over");
    const scrub = element("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": "Go back and forth in time" });
    const clock = element("output", {}, seconds(0));
    scrub.addEventListener("input", () => { pause(); at = Number(scrub.value); show(false); });
    scrub.addEventListener("change", () => show(true));
    const share = element("button.button.small", { type: "button" }, "Copy a link to this moment");
    const shared = element("span.sim-share", { role: "status" });
    share.addEventListener("click", async () => {
      address();
      try {
        await navigator.clipboard.writeText(location.href);
        shared.textContent = "Copied. It is also in the address bar.";
      } catch { shared.textContent = "It is in the address bar."; }
    });

    const stage = element("div.sim-stage");
    const summary = element("p.sim-summary");
    const tasks = element("ul.sim-tasks", { "aria-label": "Bring about" }, ...model.tasks.map((task) => element("li", { "data-task": task.id }, element("span", {}, task.text, element("span.sr-only")))));
    const table = element("details", {}, element("summary", {}, "The same as a table"), element("div.table-wrapper"));
    const legend = element("ul.sim-legend", {}, ...view.legend.map(([shape, text]) => element("li", { html: `<svg viewBox="0 0 24 12" aria-hidden="true">${shape}</svg><span>${text}</span>` })));
    table.addEventListener("toggle", () => show(false));

    // What the page has for paper and for readers without script makes room.
    for (const child of section.children) if (!child.matches("h3, h4, .sim-title")) child.classList.add("sim-still");
    section.append(element("div.sim-live", {},
      element("p.sim-note", {}, view.about),
      tasks, stage, legend,
      ...view.controls(api).map((row) => element("div.sim-row", {}, ...row)),
      element("div.sim-row.sim-time", {}, ...(timed ? [play, once, ten] : []), undo, restart, timed ? element("div.sim-scrub", {}, scrub, clock) : null),
      summary, table,
      element("div.sim-row", {}, share, shared)));
    section.classList.add("sim-mounted");

    // ---- time ----
    function advance(ticks) {
      for (let each = 0; each < ticks && log.length < LOG_MAX; each += 1) {
        if (at < log.length && log[at].type === "tick") at += 1;
        else put({ type: "tick" });
      }
    }
    function start() {
      // With reduced motion the picture moves once a second, by ten ticks.
      const calm = course.calm();
      play.textContent = "Pause";
      timer = setInterval(() => {
        advance(calm ? 10 : 1);
        show(false);
        if (log.length >= LOG_MAX) { pause(); course.say("The clock stops here. Start over to go on."); }
      }, calm ? 1000 : model.TICK_MS);
    }
    function pause() {
      if (!timer) return;
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      show(true);
    }
    function back() {
      pause();
      const last = log.slice(0, at).findLastIndex((event) => event.type !== "tick");
      cut(Math.max(0, last));
      at = log.length;
      show(true);
    }
    function address() {
      const text = `#sim=${name}:${write(model, seed, log.slice(0, at))}`;
      try { history.replaceState(history.state, "", text); } catch { location.hash = text; }
    }

    // ---- what is seen ----
    function show(settled) {
      const now = state();
      stage.innerHTML = view.draw(now, Math.max(280, Math.round(stage.clientWidth - 16) || 640));
      const text = model.summary(now);
      if (summary.textContent !== text) summary.textContent = text;
      for (const follow of followers) follow(now);
      scrub.max = String(log.length);
      scrub.value = String(at);
      if (timed) {
        clock.textContent = seconds(now.now / 1000);
        scrub.setAttribute("aria-valuetext", clock.textContent);
      }
      if (log.length === 0 && document.activeElement === undo) restart.focus();
      undo.disabled = log.length === 0;
      for (const task of model.tasks) {
        if (!done[task.id] && task.done(now)) {
          done[task.id] = true;
          // Another tab may have written meanwhile.
          store.set(key, { done: { ...store.get(key, { done: {} }).done, [task.id]: true } });
          course.say(`Brought about: ${task.text}`);
        }
        const item = tasks.querySelector(`[data-task="${task.id}"]`);
        item.classList.toggle("done", Boolean(done[task.id]));
        item.querySelector(".sr-only").textContent = done[task.id] ? " (done)" : " (not yet)";
      }
      if (table.open) {
        const { columns, rows } = model.table(now);
        table.querySelector(".table-wrapper").replaceChildren(element("table", {},
          element("thead", {}, element("tr", {}, ...columns.map((each) => element("th", { scope: "col" }, each)))),
          element("tbody", {}, ...rows.map(([first, ...rest]) => element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((each) => element("td", {}, each)))))));
      }
      if (settled && !timer) {
        course.say(text);
        if (log.length) address();
      }
    }

    function fromAddress() {
      const match = /^#sim=([\w-]+):(.+)$/.exec(decodeURIComponent(location.hash));
      if (!match || match[1] !== name) return false;
      const found = read(model, match[2]);
      if (!found) return false;
      seed = found.seed;
      log = found.log;
      states = [model.initial(seed)];
      at = log.length;
      return true;
    }
    addEventListener("hashchange", () => { if (fromAddress()) { pause(); show(false); } });
    const sent = fromAddress();
    new ResizeObserver(() => show(false)).observe(stage);
    show(false);
    course.mount(section);
    if (sent) section.scrollIntoView();
  };
  course.simulateLog = { write, read };
})();
