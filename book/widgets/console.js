// A console: the local server carries out what is typed, in a lab of this page's own, and says what it did in the same HTML
// that the recorded session has.
"use strict";

(function () {
  const { element } = course;
  const SHOWN_MAX = 10;
  const HISTORY_MAX = 50;
  let names = 0;

  const key = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  course.widget(".console[data-console]", (section) => {
    const at = course.root + "api/console/" + encodeURIComponent(section.dataset.console);
    const title = section.querySelector(":is(h2, h3, h4, h5, h6)").textContent;
    const content = section.querySelector(".console-content");
    const view = key();
    const history = [];
    let place = 0;
    let draft = "";
    let begun = false;
    let busy = false;
    names += 1;

    const input = element("textarea", { id: `console-${names}`, rows: 3, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": `console-${names}-keys`, maxlength: 16384 });
    const run = element("button.button.primary", { type: "submit" }, "Run");
    const reset = element("button.button", { type: "button" }, "Reset the lab");
    const status = element("p.console-status", { role: "status", "aria-live": "polite" });
    const answers = element("div.console-answers", { role: "region", "aria-label": `Answers of: ${title}` });
    const form = element("form.console-form", { novalidate: true },
      element("label", { for: input.id }, "An operation, as the AWS CLI takes it"),
      input,
      element("p.console-keys", { id: `console-${names}-keys` },
        element("kbd", {}, "Enter"), " runs it, ", element("kbd", {}, "Shift"), " ", element("kbd", {}, "Enter"), " begins a line, ",
        element("kbd", {}, "↑"), " and ", element("kbd", {}, "↓"), " bring back what you ran. An empty line lists what there is."),
      element("div.console-actions", {}, run, reset),
      status);
    content.before(form);
    content.after(answers);

    // What was recorded is what may be tried.
    section.querySelector(".console-session > .console-label").textContent = "Try these; say first what will come of it";
    for (const line of section.querySelectorAll(".console-session > ol > li > pre > code")) {
      // Before the page's colors and buttons are in it.
      const text = line.textContent.trim();
      const take = element("button.button.small", { type: "button" }, "Put it into the console");
      line.parentElement.after(element("p.console-take", {}, take));
      take.addEventListener("click", () => {
        put(text);
        input.focus();
      });
    }

    function put(text) {
      input.value = text;
      input.rows = Math.min(10, Math.max(3, text.split("\n").length));
      input.setSelectionRange(text.length, text.length);
    }
    const said = async (path, body) => {
      const answer = await fetch(at + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ view, ...body }) });
      return answer.json().catch(() => ({ ok: false, message: `The server answered ${answer.status}.` }));
    };
    const now = (html) => { if (html) { content.querySelector(".console-now").innerHTML = html; course.mount(content); } };

    // One thing at a time; the focus stays where it is.
    async function ask(doing, path, body, done) {
      if (busy) return;
      busy = true;
      section.setAttribute("aria-busy", "true");
      run.setAttribute("aria-disabled", "true");
      reset.setAttribute("aria-disabled", "true");
      status.textContent = doing;
      try {
        const told = await said(path, body);
        if (told.ok) done(told);
        else status.textContent = told.message || "It could not be run.";
      } catch {
        status.textContent = "The book's server does not answer. Is `cargo course` still running?";
      }
      for (const each of [section, run, reset]) ["aria-busy", "aria-disabled"].forEach((name) => each.removeAttribute(name));
      busy = false;
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const line = input.value.trim();
      ask(begun ? "Running…" : "Running… (the first time, the lab may have to be built)", "", { line }, (told) => {
        if (line && history.at(-1) !== line) history.push(line);
        history.splice(0, history.length - HISTORY_MAX);
        place = history.length;
        const note = begun && told.fresh ? "The lab had not been used for a while and was ended. This one is new. " : "";
        begun ||= Boolean(told.content);
        status.textContent = note + told.summary;
        const shown = element("article.console-entry", {}, element("pre", {}, element("code.language-bash", {}, line || "help")), element("div", { html: told.html }));
        answers.prepend(shown);
        while (answers.children.length > SHOWN_MAX) answers.lastElementChild.remove();
        course.mount(shown);
        now(told.content);
        // A line that was not understood is there to be mended.
        if (told.understood) put("");
      });
    });
    reset.addEventListener("click", () => ask("Resetting…", "/reset", {}, (told) => {
      answers.replaceChildren();
      now(told.content);
      begun = true;
      status.textContent = "The lab is as it was at the beginning.";
    }));

    // The arrow keys move in the text, and through what was run from its first and its last line.
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === "ArrowUp" && !event.shiftKey && place > 0 && !input.value.slice(0, input.selectionStart).includes("\n")) {
        event.preventDefault();
        if (place === history.length) draft = input.value;
        place -= 1;
        put(history[place]);
      } else if (event.key === "ArrowDown" && !event.shiftKey && place < history.length && !input.value.slice(input.selectionEnd).includes("\n")) {
        event.preventDefault();
        place += 1;
        put(history[place] ?? draft);
      }
    });

    // A page that is left needs its lab no more; one that comes back begins with a fresh one.
    addEventListener("pagehide", () => {
      if (!begun) return;
      fetch(at + "/end", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ view }), keepalive: true }).catch(() => {});
    });
  });
})();
