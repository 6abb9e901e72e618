// Theme, and the reader's own progress: shown, exported, imported, cleared.
"use strict";

(function () {
  const { element, store } = course;
  const root = document.documentElement;

  const themes = [["system", "As the system"], ["light", "Light"], ["dark", "Dark"], ["contrast", "High contrast"]];
  const choose = element("fieldset.themes", {}, element("legend", {}, "Theme"),
    ...themes.map(([value, name]) => element("label", {}, element("input", { type: "radio", name: "theme", value }), element("span", {}, name))));
  choose.addEventListener("change", (event) => {
    const theme = event.target.value;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      if (theme === "system") localStorage.removeItem("course.theme");
      else localStorage.setItem("course.theme", theme);
    } catch { /* for this page only, then */ }
  });

  const summary = element("dl.progress-list");
  const told = element("p", { role: "status", "aria-live": "polite" });
  const file = element("input", { type: "file", accept: "application/json,.json", id: "progress-file", hidden: true });
  const clear = element("button.button", { type: "button" }, "Forget everything");
  let sure = false;

  const dialog = element("dialog.dialog.settings", { "aria-labelledby": "settings-title" },
    element("div.dialog-head", {},
      element("h2", { id: "settings-title" }, "Settings and progress"),
      element("button.button.small", { type: "button", onclick: () => dialog.close() }, "Close")),
    choose,
    element("h3", {}, "Your progress"),
    summary,
    element("p.settings-note", {}, "Answers and reading are kept in this browser, under ids that survive a new edition. Your steps are kept by ", element("code", {}, "cargo course"), " beside your code."),
    element("div.quiz-actions", {},
      element("button.button", { type: "button", onclick: exportAll }, "Export"),
      element("button.button", { type: "button", onclick: () => file.click() }, "Import"),
      clear),
    file, told,
    element("h3", {}, "Keys"),
    element("p.settings-note", {}, element("kbd", {}, "/"), " searches. ", element("kbd", {}, "Esc"), " closes what is open. Arrow keys scroll and never turn a page."));
  document.body.append(dialog);

  function draw() {
    choose.querySelector(`[value="${root.dataset.theme || "system"}"]`).checked = true;
    const all = Object.entries(store.all());
    const of = (kind) => all.filter(([key]) => key.startsWith(kind + ".")).map(([, value]) => value);
    const quiz = of("quiz");
    const predict = of("predict");
    const rows = [
      ["Pages read to the end", of("read").filter((each) => each.done).length],
      ["Questions answered", `${quiz.filter((each) => each.tries).length}, of these right at the first try ${quiz.filter((each) => each.first).length}`],
      ["Predictions made", `${predict.filter((each) => each.tries).length}, of these borne out ${predict.filter((each) => each.right).length}`],
      ["Simulator tasks brought about", of("sim").reduce((sum, each) => sum + Object.keys(each.done || {}).length, 0)],
    ];
    const steps = (course.state?.exercises || []).flatMap((each) => each.steps || []);
    if (steps.length) rows.unshift(["Steps passed", `${steps.filter((step) => step.status === "passed").length} of ${steps.length}`]);
    summary.replaceChildren(...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
  }

  function exportAll() {
    const document_ = { format: "serverless-from-scratch/progress", version: 1, exported: new Date().toISOString(), entries: store.all() };
    const url = URL.createObjectURL(new Blob([JSON.stringify(document_, null, 2)], { type: "application/json" }));
    const link = element("a", { href: url, download: "serverless-from-scratch-progress.json" });
    dialog.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    told.textContent = "Exported.";
  }

  // What is known already and what comes in are joined: an answer never gets lost by an import.
  function join(key, mine, theirs) {
    if (!mine) return theirs;
    if (key.startsWith("read.")) return { far: Math.max(mine.far || 0, theirs.far || 0), done: Boolean(mine.done || theirs.done) };
    if (key.startsWith("sim.")) return { ...theirs, ...mine, done: { ...theirs.done, ...mine.done } };
    return mine.done || (mine.tries || 0) >= (theirs.tries || 0) ? mine : theirs;
  }
  file.addEventListener("change", async () => {
    try {
      const read = JSON.parse(await file.files[0].text());
      if (read.format !== "serverless-from-scratch/progress" || read.version !== 1 || typeof read.entries !== "object") throw new Error("this is no progress file of this book");
      let number = 0;
      for (const [key, value] of Object.entries(read.entries)) {
        if (!/^(quiz|predict|read|sim)\.[\w.-]{1,120}$/.test(key) || typeof value !== "object" || value === null) continue;
        store.set(key, join(key, store.get(key), value));
        number += 1;
      }
      refresh();
      told.textContent = `Imported ${number} entries.`;
    } catch (error) {
      told.textContent = `Not imported: ${error.message}.`;
    }
    file.value = "";
  });
  clear.addEventListener("click", () => {
    if (!sure) {
      sure = true;
      clear.textContent = "Yes, forget my answers";
      told.textContent = "This cannot be undone. Export first if you may want them back.";
      return;
    }
    for (const key of Object.keys(store.all())) store.remove(key);
    refresh();
    told.textContent = "Forgotten.";
  });
  function refresh() {
    sure = false;
    clear.textContent = "Forget everything";
    for (const section of document.querySelectorAll(".quiz, .predict")) section.courseShow?.();
    course.markRead?.();
    draw();
  }

  course.opens.settings = () => { sure = false; clear.textContent = "Forget everything"; told.textContent = ""; draw(); dialog.showModal(); };
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  course.onState(() => { if (dialog.open) draw(); });
})();
