// The labs are built behind the book: how far they are, and what is wrong with them.
"use strict";

(function () {
  const { element } = course;
  const strip = document.getElementById("labs");
  let phase = "";
  course.onState((state) => {
    const labs = state.labs || { phase: "idle" };
    const before = phase;
    phase = labs.phase;
    strip.dataset.phase = phase;
    if (phase === "building") {
      if (before !== phase) {
        // The words stay while the numbers run: a screen reader hears of the build once.
        strip.replaceChildren(element("span", {}, "The labs are being built. You can read on."), element("span", { "aria-hidden": "true" }, element("progress", { max: 1, value: 0 }), " ", element("span.labs-count")));
        strip.hidden = false;
      }
      const progress = strip.querySelector("progress");
      if (labs.total) { progress.max = labs.total; progress.value = labs.done || 0; }
      else progress.removeAttribute("value");
      strip.querySelector(".labs-count").textContent = labs.total ? `${labs.done} of ${labs.total} crates` : labs.detail || "";
    } else if (phase === "failed") {
      if (before !== phase) strip.replaceChildren(`The labs could not be built: ${labs.detail || "the terminal says why"}`);
      strip.hidden = false;
    } else if (phase === "trouble") {
      strip.replaceChildren(`The tools failed in the last run, which says nothing about your code: ${labs.detail || "the terminal says why"}. The terminal has the remedy.`);
      strip.hidden = false;
    } else if (phase === "ready" && before === "building") {
      strip.replaceChildren("The labs are ready.");
      setTimeout(() => { if (phase === "ready") strip.hidden = true; }, 6000);
    } else if (phase !== "ready" || before === "trouble") {
      strip.hidden = true;
    }
  });
})();
