// Search over mdBook's index: glossary entries first, aliases (`ddb`, `api gw`), and symbols that no index of words holds.
"use strict";

(function () {
  const { element } = course;
  let index = null;
  let config = null;
  let aliases = {};

  const input = element("input", { type: "search", id: "search-input", placeholder: "A word, a header, a symbol", autocomplete: "off", spellcheck: "false", "aria-controls": "search-results", "aria-describedby": "search-count" });
  const count = element("p.search-count", { id: "search-count", role: "status", "aria-live": "polite" });
  const list = element("ol.search-results", { id: "search-results" });
  const dialog = element("dialog.dialog.search", { "aria-labelledby": "search-title" },
    element("div.dialog-head", {},
      element("h2", { id: "search-title" }, "Search the book"),
      element("button.button.small", { type: "button", onclick: () => dialog.close() }, "Close")),
    element("label.sr-only", { for: "search-input" }, "Search for"),
    input, count, list);
  document.body.append(dialog);

  async function open() {
    if (!dialog.open) dialog.showModal();
    input.select();
    if (index) return;
    count.textContent = "Loading the index…";
    try {
      window.search ||= {};
      await course.load("elasticlunr");
      await course.load("searchindex");
      config = window.search;
      index = elasticlunr.Index.load(config.index);
      aliases = course.carried("aliases");
      count.textContent = "";
      find();
    } catch (error) {
      count.textContent = `The index could not be loaded: ${error.message}`;
    }
  }

  // `api gw` is not in the text; what it stands for is.
  function expand(query) {
    const lower = ` ${query.toLowerCase()} `;
    for (const [alias, name] of Object.entries(aliases)) {
      if (lower.includes(` ${alias.toLowerCase()} `)) return lower.replace(` ${alias.toLowerCase()} `, ` ${name} `).trim();
    }
    return query;
  }

  course.find = function (query) {
    const asked = expand(query);
    const docs = index.documentStore.docs;
    const scores = new Map();
    for (const found of index.search(asked, config.search_options)) scores.set(found.ref, found.score);
    // Header names, paths and operators fall apart in an index of words: look for them as they stand.
    const needle = query.toLowerCase();
    const exact = asked.toLowerCase();
    for (const [ref, doc] of Object.entries(docs)) {
      const title = doc.title.toLowerCase();
      let more = 0;
      if (title === exact || title === needle) more += 40;
      else if (title.startsWith(exact)) more += 12;
      if (needle.length > 1 && (/[^\p{L}\p{N}\s]/u.test(needle) || !scores.size) && doc.body.toLowerCase().includes(needle)) more += 8;
      if (!more && !scores.has(ref)) continue;
      if (/^glossary\.html#/.test(config.doc_urls[ref]) && title.includes(exact)) more += 100;
      scores.set(ref, (scores.get(ref) || 0) + more);
    }
    return [...scores].sort((a, b) => b[1] - a[1]).slice(0, 20).map(([ref]) => ({ url: config.doc_urls[ref], ...docs[ref] }));
  };

  function teaser(body, words) {
    const lower = body.toLowerCase();
    const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
    const at = places.length ? Math.min(...places) : 0;
    const start = at < 50 ? 0 : body.indexOf(" ", at - 50) + 1;
    const text = body.slice(start, start + 170);
    const escaped = words.filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const parts = escaped.length ? text.split(new RegExp(`(${escaped.join("|")})`, "gi")) : [text];
    return [start ? "…" : "", ...parts.map((part, place) => (place % 2 ? element("mark", {}, part) : part)), "…"];
  }

  let last = "";
  function find() {
    const query = input.value.trim();
    if (!index || query === last) return;
    last = query;
    list.replaceChildren();
    if (!query) { count.textContent = ""; return; }
    const found = course.find(query);
    const asked = expand(query);
    const words = asked.toLowerCase().split(/\s+/);
    const number = found.length === 1 ? "1 place" : `${found.length} places`;
    count.textContent = found.length ? `${number}${asked === query ? "" : ` for ${asked}`}` : `Nothing about ${query}`;
    for (const doc of found) {
      const trail = doc.breadcrumbs.split(" » ").filter((crumb) => crumb && crumb !== doc.title);
      list.append(element("li", {}, element("a", { href: course.root + doc.url, onclick: () => dialog.close() },
        element("strong", {}, doc.title), trail.length ? element("span.search-trail", {}, trail.join(" · ")) : null,
        element("span.search-teaser", {}, ...teaser(doc.body, [query.toLowerCase(), ...words].filter((word) => word.length > 1))))));
    }
  }
  input.addEventListener("input", find);

  // Down and up walk through the results; Enter in the field takes the first.
  dialog.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    else if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (links[at - 1] || input).focus(); }
    else if (event.key === "Enter" && document.activeElement === input && links.length) { event.preventDefault(); links[0].click(); }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  course.opens.search = open;
})();
