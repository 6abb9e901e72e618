// Terms: the definition beside the word, on hover, focus and tap; Escape closes.
"use strict";

(function () {
  const { element } = course;
  const box = element("div.term-box", { id: "term-box", role: "tooltip", hidden: true });
  // Within the text, which is the landmark that it belongs to.
  document.querySelector("main").append(box);
  let holder = null;
  let timer = 0;

  function open(link) {
    clearTimeout(timer);
    if (holder === link) return;
    close();
    const term = course.carried("terms")[link.dataset.term];
    if (!term) return;
    holder = link;
    box.replaceChildren(element("strong.term-name", {}, term.name), element("div", { html: term.html }));
    box.hidden = false;
    link.setAttribute("aria-describedby", box.id);
    const at = link.getClientRects()[0] || link.getBoundingClientRect();
    const width = Math.min(352, innerWidth - 24);
    box.style.width = `${width}px`;
    box.style.left = `${scrollX + Math.max(12, Math.min(at.left - 12, innerWidth - width - 12))}px`;
    const under = at.bottom + 8;
    const height = box.offsetHeight;
    box.style.top = `${scrollY + (under + height > innerHeight - 8 && at.top > height + 70 ? at.top - height - 8 : under)}px`;
  }
  function close() {
    clearTimeout(timer);
    holder?.removeAttribute("aria-describedby");
    holder = null;
    box.hidden = true;
  }
  const closeSoon = () => { clearTimeout(timer); timer = setTimeout(close, 180); };

  course.widget("a.term[data-term]", (link) => {
    let touched = false;
    link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; });
    link.addEventListener("mouseenter", () => { clearTimeout(timer); timer = setTimeout(() => open(link), 120); });
    link.addEventListener("mouseleave", closeSoon);
    link.addEventListener("focus", () => { if (!touched) open(link); });
    link.addEventListener("blur", closeSoon);
    // The first tap shows, the second follows the link.
    link.addEventListener("click", (event) => {
      if (touched && holder !== link) { event.preventDefault(); open(link); }
      touched = false;
    });
  });
  // What was hovered may be walked into, to read or select it.
  box.addEventListener("mouseenter", () => clearTimeout(timer));
  box.addEventListener("mouseleave", closeSoon);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && holder) { event.stopPropagation(); close(); } }, true);
  document.addEventListener("pointerdown", (event) => { if (holder && !box.contains(event.target) && event.target.closest("a.term") !== holder) close(); });
})();
