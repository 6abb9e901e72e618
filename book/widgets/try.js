// A registered request, run by the local server against a fresh lab; the recording stays at hand.
"use strict";

(function () {
  const { element } = course;
  course.widget(".try-output, .predict-recording", (home) => {
    const id = home.closest("[data-try]").dataset.try;
    const code = home.querySelector("pre code");
    if (!code) return;
    const label = home.querySelector("p");
    const recorded = { text: code.textContent, label: label?.textContent || "Recorded output" };
    const run = element("button.button.primary", { type: "button" }, "Run it here");
    const back = element("button.button", { type: "button", hidden: true }, "Back to the recording");
    const status = element("p.try-status", { role: "status", "aria-live": "polite" });
    const controls = element("div.try-actions", {}, run, back, status);
    home.before(controls);
    const show = (text, name) => {
      code.textContent = text;
      if (label) label.textContent = name;
    };
    run.addEventListener("click", async () => {
      run.setAttribute("aria-disabled", "true");
      if (run.dataset.busy) return;
      run.dataset.busy = "yes";
      status.textContent = "Running… (the first run builds the example)";
      home.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(course.root + "api/try/" + encodeURIComponent(id), { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
        const told = await answer.json().catch(() => ({ ok: false, message: `the server answered ${answer.status}` }));
        if (told.ok) {
          show(told.output, "Output of your run");
          const same = told.output.trimEnd() === recorded.text.trimEnd();
          const seconds = (told.milliseconds / 1000).toFixed(1);
          status.textContent = same ? `Done in ${seconds} s. The same as the recording.` : `Done in ${seconds} s. It differs from the recording.`;
          back.hidden = same;
        } else {
          status.textContent = told.message || "It could not be run.";
        }
      } catch {
        status.textContent = "The book's server does not answer. Is `cargo course` still running?";
      }
      home.removeAttribute("aria-busy");
      delete run.dataset.busy;
      run.removeAttribute("aria-disabled");
      run.textContent = "Run it again";
    });
    back.addEventListener("click", () => {
      show(recorded.text, recorded.label);
      back.hidden = true;
      status.textContent = "";
      run.focus();
    });
  });
})();
