// What every widget stands on. A classic script, for file://: all hangs on the global `course` of the page's head.
"use strict";

// ---- storage: answers and reading progress, by ids
course.store = {
  get(key, fallback = null) {
    try {
      const text = localStorage.getItem("course." + key);
      return text === null ? fallback : JSON.parse(text);
    } catch { return fallback; }
  },
  set(key, value) {
    try { localStorage.setItem("course." + key, JSON.stringify(value)); } catch { /* full, or switched off: the page still works */ }
  },
  remove(key) {
    try { localStorage.removeItem("course." + key); } catch { /* as above */ }
  },
  // What the reader has done, as one document. `theme` and `contents` are the machine's.
  all() {
    const all = {};
    try {
      for (const key of Object.keys(localStorage).sort()) {
        if (/^course\.(quiz|predict|read|sim)\./.test(key)) all[key.slice(7)] = JSON.parse(localStorage.getItem(key));
      }
    } catch { /* nothing to tell */ }
    return all;
  },
};

// ---- element("button.primary", {type: "button", onclick}, "Check", child)
course.element = function (selector, attributes = {}, ...children) {
  const [name, ...classes] = selector.split(".");
  const made = document.createElement(name || "div");
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "html") made.innerHTML = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
};

// ---- told to a screen reader, without moving the focus
course.say = (function () {
  let place = null;
  return function (text) {
    if (!place) {
      place = course.element("div.sr-only", { role: "status", "aria-live": "polite" });
      document.body.append(place);
    }
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 60);
  };
})();

course.calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

course.spec = function (element) {
  try { return JSON.parse(element.dataset.spec || "{}"); } catch { return {}; }
};

// ---- loading a script that is not needed everywhere
course.load = (function () {
  const loading = new Map();
  return function (name) {
    const url = course.resources[name];
    if (!url) return Promise.reject(new Error(`the book has no script ${name}`));
    if (!loading.has(name)) {
      loading.set(name, new Promise((resolve, reject) => {
        const script = course.element("script", { src: url });
        script.onload = resolve;
        script.onerror = () => {
          loading.delete(name); // so that it can be tried again
          script.remove();
          reject(new Error(`${url} could not be loaded`));
        };
        document.head.append(script);
      }));
    }
    return loading.get(name);
  };
})();

// A page loads the widgets of what is on it. Those with a condition need the local server, in such a state.
course.parts = [
  ["code", "main :is(pre, table)"],
  ["quiz", ".quiz, .predict"],
  ["terms", "a.term"],
  ["labs", "#labs", () => true],
  ["try", ".try, .predict", () => true],
  ["step", ".step[data-step]", () => true],
  ["console", ".console[data-console]", () => true],
  ["trace", ".step[data-step]", (state) => (state.exercises || []).some((exercise) => exercise.traced_ms)],
];
course.need = function () {
  for (const [name, selector, fulfilled] of course.parts) {
    if (fulfilled && !(course.state && fulfilled(course.state))) continue;
    if (document.querySelector(selector)) course.load(`widgets/${name}.js`).catch(console.error);
  }
};

// Dialogs are loaded when they are asked for; each puts here how it is opened.
course.opens = {};
course.open = async function (name) {
  try {
    await course.load(`widgets/${name}.js`);
  } catch (error) {
    return alert(`${error.message}: reload the page.`);
  }
  course.opens[name]();
};

// What an element needs is loaded when it comes near what is being read.
course.near = function (element, act) {
  const watching = new IntersectionObserver((seen) => {
    if (!seen.some((each) => each.isIntersecting)) return;
    watching.disconnect();
    act();
  }, { rootMargin: "800px 0px" });
  watching.observe(element);
};

// ---- what the page carries for its terms and for the search
course.carried = function (name) {
  const parse = (text) => { try { return JSON.parse(text || "{}"); } catch { return {}; } };
  return Object.assign({}, ...[...document.querySelectorAll("template.course-data")].map((each) => parse(each.dataset[name])));
};

// ---- widgets: a selector and what to do with each element of it, once
course.widgets = [];
course.widget = function (selector, mount) {
  course.widgets.push([selector, mount]);
  if (course.mounted) course.mount(document, [[selector, mount]]);
};
course.mount = function (root, widgets = course.widgets) {
  for (const [selector, mount] of widgets) {
    for (const element of root.querySelectorAll(selector)) {
      const done = (element.courseMounted ||= new Set());
      if (done.has(mount)) continue;
      done.add(mount);
      try { mount(element); } catch (error) { console.error(`${selector}: ${error.stack || error}`); }
    }
  }
};

// ---- the local server, if this page came from it
// `course.state` is the last document of `/api/state`; listeners hear of each new one.
course.state = null;
course.stateListeners = [];
course.onState = function (listener) {
  course.stateListeners.push(listener);
  if (course.state) listener(course.state);
};
course.setState = function (state) {
  course.state = state;
  document.documentElement.classList.add("served");
  course.need();
  for (const listener of course.stateListeners) {
    try { listener(state); } catch (error) { console.error(error); }
  }
};
course.connect = async function () {
  const local = location.protocol === "http:" && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(location.hostname);
  if (!local || course.print) return;
  try {
    const answer = await fetch(course.root + "api/state", { headers: { accept: "application/json" } });
    if (!answer.ok || !/json/.test(answer.headers.get("content-type") || "")) return;
    course.setState(await answer.json());
  } catch { return; }
  // A browser has six connections for all its tabs: a hidden page gives its own back.
  let events = null;
  const attend = () => {
    if (document.hidden) events = events?.close();
    else events ||= course.listen();
  };
  document.addEventListener("visibilitychange", attend);
  attend();
};
course.listen = function () {
  const events = new EventSource(course.root + "api/events");
  // Its first state tells whether a build was missed.
  const built = () => course.state?.book?.built_ms;
  let before;
  events.addEventListener("open", () => { before = built(); });
  events.addEventListener("state", (event) => {
    course.setState(JSON.parse(event.data));
    if (before !== undefined && before !== built()) course.refresh();
    before = undefined;
  });
  events.addEventListener("theme", () => location.reload());
  events.addEventListener("page", (event) => {
    const { paths = [] } = JSON.parse(event.data || "{}");
    const here = course.page.replace(/\.md$/, ".html");
    if (!paths.length || paths.includes(here) || (here === "index.html" && paths.length)) course.refresh();
  });
  return events;
};

// ---- live update: blocks that did not change stay as they are
course.remember = function (main) {
  for (const block of main.children) if (!block.matches(".term-box")) block.courseSource = block.outerHTML;
};
course.refresh = async function () {
  const answer = await fetch(location.pathname + location.search, { cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = document.querySelector("main");
  const next = fresh.querySelector("main");
  if (!next) return;

  // What the reader looks at stays where it is on the screen.
  const anchor = [...main.children].find((block) => block.getBoundingClientRect().bottom > 60);
  const anchorText = anchor?.courseSource;
  const anchorTop = anchor?.getBoundingClientRect().top ?? 0;
  const focus = document.activeElement;
  const focusId = main.contains(focus) ? focus.id : "";
  const open = new Set([...main.querySelectorAll("details[open]")].map(course.detailsKey));

  const kept = new Map();
  for (const block of main.children) {
    const same = kept.get(block.courseSource) || [];
    same.push(block);
    kept.set(block.courseSource, same);
  }
  const wanted = [...next.children].map((block) => {
    const same = kept.get(block.outerHTML)?.shift();
    if (same) return same;
    const made = document.importNode(block, true);
    made.courseSource = block.outerHTML;
    return made;
  });
  const stay = new Set(wanted);
  for (const block of [...main.children]) if (block.courseSource && !stay.has(block)) block.remove();
  wanted.forEach((block, place) => {
    if (main.children[place] !== block) main.insertBefore(block, main.children[place] || null);
  });
  for (const details of main.querySelectorAll("details:not([open])")) {
    if (open.has(course.detailsKey(details))) details.open = true;
  }
  document.title = fresh.title;
  course.need();
  course.mount(main);
  document.dispatchEvent(new CustomEvent("course:page"));

  const now = wanted.find((block) => block.courseSource === anchorText) || (anchor?.id && document.getElementById(anchor.id));
  if (now) scrollBy({ top: now.getBoundingClientRect().top - anchorTop, behavior: "instant" });
  if (focusId && document.activeElement !== focus) document.getElementById(focusId)?.focus({ preventScroll: true });
  course.say("The page was updated.");
};
course.detailsKey = function (details) {
  const home = details.closest("[id], [data-quiz], [data-step]");
  return [home?.id, home?.dataset.quiz, details.dataset.level, details.querySelector("summary")?.textContent.trim()].join("|");
};

document.addEventListener("DOMContentLoaded", () => {
  course.remember(document.querySelector("main"));
  course.mounted = true;
  course.mount(document);
  course.need();
  for (const name of ["search", "settings"]) document.getElementById(`${name}-button`).addEventListener("click", () => course.open(name));
  course.connect();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  course.open("search");
});

// ---- on paper, answers stand at the end
addEventListener("beforeprint", () => {
  const end = course.element("section.answers", {}, course.element("h2", {}, "Answers"));
  for (const each of document.querySelectorAll(":is(.quiz, .predict) > .quiz-answers")) {
    each.home = each.parentElement;
    end.append(each);
  }
  if (end.children[1]) document.querySelector("main").append(end);
});
addEventListener("afterprint", () => {
  for (const each of document.querySelectorAll(".answers > .quiz-answers")) each.home.append(each);
  document.querySelector(".answers")?.remove();
});

// ---- simulators: loaded when they come near, or when the address has one's state
course.widget(".sim[data-sim]", (section) => {
  if (course.print) return;
  const name = section.dataset.sim;
  const start = async () => {
    try {
      for (const part of ["random.js", "simulator.js", `${name}.model.js`, `${name}.js`]) await course.load(`simulators/${part}`);
      if (!section.matches(".sim-mounted")) course.simulate(section, name, courseModels[name], courseViews[name]);
    } catch (error) {
      // The still figure stays, and says the same.
      console.error(error);
    }
  };
  const sent = () => { if (location.hash.startsWith(`#sim=${name}:`)) start(); };
  addEventListener("hashchange", sent);
  sent();
  course.near(section, start);
});
