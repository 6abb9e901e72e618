// The sidebar: opening and closing, "on this page", what has been read, and the steps of each chapter.
"use strict";

(function () {
  const root = document.documentElement;
  const wide = matchMedia("(min-width: 68rem)");
  const button = document.getElementById("contents-button");
  const contents = document.getElementById("contents");
  const shade = document.getElementById("contents-shade");
  const links = () => [...contents.querySelectorAll("#mdbook-sidebar a[href]")].filter((link) => !link.closest(".on-this-page"));
  const pageOf = (link) => new URL(link.href).pathname.split("/").pop() || "index.html";

  const shown = () => (wide.matches ? !root.classList.contains("contents-closed") : root.classList.contains("contents-open"));
  const tell = () => button.setAttribute("aria-expanded", String(shown()));
  function show(yes, focus) {
    if (wide.matches) {
      root.classList.toggle("contents-closed", !yes);
      try { localStorage.setItem("course.contents", yes ? "open" : "closed"); } catch { /* not kept */ }
    } else {
      root.classList.toggle("contents-open", yes);
      if (yes) (contents.querySelector("a.active") || contents.querySelector("a"))?.focus({ preventScroll: true });
      else if (focus) button.focus();
    }
    tell();
  }
  button.addEventListener("click", () => show(!shown(), true));
  shade.addEventListener("click", () => show(false, true));
  contents.addEventListener("click", (event) => { if (event.target.closest("a") && !wide.matches) show(false, false); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !wide.matches && root.classList.contains("contents-open")) show(false, true);
  });
  // A drawer that lies over the text must not be left by Tab into what it covers.
  contents.addEventListener("focusout", (event) => {
    if (!wide.matches && root.classList.contains("contents-open") && event.relatedTarget && !contents.contains(event.relatedTarget) && event.relatedTarget !== button) show(false, false);
  });
  wide.addEventListener("change", tell);
  tell();

  // The first page is `index.html` under another name.
  document.addEventListener("DOMContentLoaded", () => {
    const first = links()[0];
    if (!contents.querySelector("a.active") && /(^|\/)index\.html$|\/$/.test(location.pathname)) first?.classList.add("active");
    contents.querySelector("a.active")?.setAttribute("aria-current", "page");
    onThisPage();
    markRead();
  });
  document.addEventListener("course:page", onThisPage);

  // ---- on this page ----
  // Asked at every scroll: a jump passes headings without showing them.
  let markHeading = () => {};
  function onThisPage() {
    contents.querySelector(".on-this-page")?.remove();
    markHeading = () => {};
    const active = contents.querySelector("a.active");
    const headings = [...document.querySelectorAll("main h2[id]")];
    // A list of everything, such as the glossary, would bury the chapters.
    if (!active || !headings.length || headings.length > 24 || course.print) return;
    const list = course.element("ol.on-this-page", { "aria-label": "On this page" });
    const entries = new Map();
    for (const heading of headings) {
      const link = course.element("a", { href: "#" + heading.id }, heading.textContent);
      entries.set(heading, link);
      list.append(course.element("li", {}, link));
    }
    const wrapper = active.closest(".chapter-link-wrapper");
    (wrapper.parentElement.querySelector(":scope > .toc-progress") || wrapper).after(list);
    markHeading = () => {
      let current = headings[0];
      for (const heading of headings) if (heading.getBoundingClientRect().top < innerHeight * 0.35) current = heading;
      for (const [heading, link] of entries) {
        link.classList.toggle("current", heading === current);
        if (heading === current) link.setAttribute("aria-current", "location");
        else link.removeAttribute("aria-current");
      }
    };
    markHeading();
  }

  // ---- reading progress: how far, and whether the end was reached ----
  const bar = course.element("div.reading", { "aria-hidden": "true" });
  document.querySelector(".bar").append(bar);
  // `index` is the first page under another name.
  const page = course.page === "index.md" && links()[0] ? pageOf(links()[0]) : course.page;
  // A page that was renamed goes by its first name.
  const first = course.carried("firstNames");
  const keyOf = (file, name = file.replace(/\.(md|html)$/, "")) => "read." + (first[name] || name);
  const key = keyOf(page);
  let waiting = false;
  function measure() {
    waiting = false;
    markHeading();
    const room = root.scrollHeight - innerHeight;
    const far = room > 40 ? Math.min(1, scrollY / room) : 1;
    bar.style.transform = `scaleX(${room > 40 ? far : 0})`;
    const before = course.store.get(key, { far: 0, done: false });
    const done = before.done || far > 0.97;
    if (far > before.far + 0.02 || done !== before.done) {
      course.store.set(key, { far: Math.max(before.far, Math.round(far * 100) / 100), done });
      if (done !== before.done) markRead();
    }
  }
  if (!course.print) {
    addEventListener("scroll", () => {
      if (!waiting) { waiting = true; requestAnimationFrame(measure); }
    }, { passive: true });
    addEventListener("load", () => setTimeout(measure, 1500));
  }
  function markRead() {
    for (const link of links()) {
      const done = course.store.get(keyOf(pageOf(link)), {}).done === true;
      link.classList.toggle("read", done);
      if (done) link.title = "Read to the end";
      else link.removeAttribute("title");
    }
  }
  course.markRead = markRead;

  // ---- the reader's steps ----
  const words = { passed: "passed", failed: "red", todo: "to do", unknown: "not run yet" };
  course.onState((state) => {
    for (const exercise of state.exercises || []) {
      const link = links().find((each) => pageOf(each) === exercise.page);
      if (!link) continue;
      const wrapper = link.closest(".chapter-link-wrapper");
      let row = wrapper.nextElementSibling;
      if (!row?.classList.contains("toc-progress")) {
        row = course.element("div.toc-progress", { role: "img" });
        wrapper.after(row);
      }
      const steps = exercise.steps || [];
      const passed = steps.filter((step) => step.status === "passed").length;
      row.setAttribute("aria-label", `${passed} of ${steps.length} steps passed`);
      row.replaceChildren(
        ...steps.map((step) => course.element("i", { "data-status": step.status, title: `Step ${step.number}: ${words[step.status] || step.status}` })),
        course.element("b", {}, exercise.status === "running" ? "running…" : `${passed}/${steps.length}`),
      );
    }
  });
})();
