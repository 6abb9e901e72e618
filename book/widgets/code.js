// Code blocks: colors and a copy button. mdBook's highlighter weighs 137 KB.
"use strict";

(function () {
  const { element } = course;
  const string = String.raw`b?r(#*)"[\s\S]*?"\1|b?"(?:\\[\s\S]|[^"\\])*"`;
  const comment = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`;
  const number = String.raw`\b(?:0x[\da-fA-F_]+|0b[01_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[+-]?\d+)?(?:[iuf](?:8|16|32|64|128|size))?)\b`;
  const rustWords = "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while".split(" ").join("|");
  // A language is a list of [class, pattern]; the first that matches at a place wins.
  const languages = {
    rust: [["c", comment], ["s", string], ["s", String.raw`b?'(?:\\[^\n]{1,8}?|[^\\'\n])'`], ["m", String.raw`#!?\[[^\]\n]*\]`], ["t", String.raw`'[a-z_]\w*`], ["m", String.raw`\b[a-z_]\w*!(?=[\s({\[])`],
      ["k", String.raw`\b(?:${rustWords})\b`], ["n", number], ["t", String.raw`\b(?:[A-Z]\w*|[iu](?:8|16|32|64|128|size)|f32|f64|bool|str|char)\b`], ["f", String.raw`\b[a-z_]\w*(?=\s*(?:::<[^>\n]*>)?\()`]],
    toml: [["c", String.raw`#[^\n]*`], ["k", String.raw`^\s*\[+[^\]\n]*\]+`], ["t", String.raw`^\s*[\w."-]+(?=\s*=)`], ["s", String.raw`"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'`], ["n", number], ["k", String.raw`\b(?:true|false)\b`]],
    json: [["t", String.raw`"(?:\\.|[^"\\\n])*"(?=\s*:)`], ["s", String.raw`"(?:\\.|[^"\\\n])*"`], ["n", String.raw`-?\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b`], ["k", String.raw`\b(?:true|false|null)\b`]],
    bash: [["c", String.raw`(?:^|(?<=\s))#[^\n]*`], ["s", String.raw`"(?:\\.|[^"\\])*"|'[^']*'`], ["t", String.raw`\$\{?\w+\}?`], ["f", String.raw`^\s*(?:\$ )?(?:cargo|curl|git|aws|docker|rustup|mdbook|node|npm|python3|pip)\b`], ["k", String.raw`(?<=\s)--?[\w-]+`]],
    http: [["k", String.raw`^(?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH)\b|^HTTP\/[\d.]+`], ["t", String.raw`^[A-Za-z][\w-]*(?=:)`], ["n", String.raw`\b\d{3}\b`], ["s", String.raw`"(?:\\.|[^"\\\n])*"`]],
    diff: [["added", String.raw`^\+[^\n]*\n?`], ["removed", String.raw`^-[^\n]*\n?`], ["k", String.raw`^@@[^\n]*`]],
  };
  Object.assign(languages, { rs: languages.rust, sh: languages.bash, shell: languages.bash, console: languages.bash, ndjson: languages.json });
  const compiled = new Map();
  const groupsIn = (source) => new RegExp(source + "|").exec("").length - 1;
  function pattern(name) {
    if (!compiled.has(name)) {
      let place = 1;
      const kinds = [];
      const sources = languages[name].map(([kind, source]) => {
        kinds.push([place, kind]);
        // A back reference inside a rule counts from where the rule's own group lands.
        const moved = source.replace(/\\1/g, `\\${place + 1}`);
        place += 1 + groupsIn(source);
        return `(${moved})`;
      });
      compiled.set(name, { regex: new RegExp(sources.join("|"), "gm"), kinds });
    }
    return compiled.get(name);
  }

  function paint(node, language) {
    const text = node.nodeValue;
    const { regex, kinds } = pattern(language);
    const out = document.createDocumentFragment();
    let last = 0;
    for (const match of text.matchAll(regex)) {
      if (!match[0]) continue;
      const [, kind] = kinds.find(([place]) => match[place] !== undefined);
      out.append(text.slice(last, match.index), course.element("span." + kind, {}, match[0]));
      last = match.index + match[0].length;
    }
    out.append(text.slice(last));
    node.replaceWith(out);
  }

  course.paint = function (code) {
    const name = [...code.classList].find((each) => each.startsWith("language-"))?.slice(9).split(",")[0];
    if (!languages[name]) return;
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    nodes.forEach((node) => paint(node, name));
  };

  const copyable = (code) => !code.closest(".quiz, .predict");
  course.widget("pre > code", (code) => {
    course.paint(code);
    // What scrolls must be reachable by keyboard.
    const reach = () => {
      if (code.scrollWidth > code.clientWidth + 1) {
        code.tabIndex = 0;
        code.setAttribute("role", "group");
        code.setAttribute("aria-label", "Code, scrolls sideways");
      } else {
        ["tabindex", "role", "aria-label"].forEach((each) => code.removeAttribute(each));
      }
    };
    new ResizeObserver(reach).observe(code);
    // Lines that a rustdoc example hides: there for who wants the whole.
    const pre = code.parentElement;
    if (code.querySelector(".boring")) {
      const all = element("button.all-lines-button.button.small", { type: "button", "aria-pressed": "false" }, "All lines");
      all.addEventListener("click", () => all.setAttribute("aria-pressed", String(pre.classList.toggle("all-lines"))));
      pre.append(all);
    }
    if (!copyable(code) || !navigator.clipboard) return;
    const button = course.element("button.copy.button.small", { type: "button" }, "Copy");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.innerText);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not allowed here";
      }
      course.say(button.textContent);
      setTimeout(() => { button.textContent = "Copy"; }, 1600);
    });
    pre.append(button);
  });
  // A corner that heads nothing is no header.
  course.widget("main th:empty", (corner) => corner.replaceWith(element("td")));

  // Three columns do not fit a phone: there rows are stacked. That takes a table's meaning away, so it is said in roles.
  course.widget("main .table-wrapper > table", (table) => {
    const names = [...table.querySelectorAll("thead :is(th, td)")].map((each) => each.textContent.trim());
    if (names.length < 3 || table.closest(".sim")) return;
    table.classList.add("stacks");
    const roles = { table: [table], rowgroup: table.querySelectorAll("thead, tbody"), row: table.querySelectorAll("tr"), columnheader: table.querySelectorAll("thead th"), cell: table.querySelectorAll("td") };
    for (const [role, all] of Object.entries(roles)) for (const each of all) each.setAttribute("role", role);
    for (const row of table.querySelectorAll("tbody tr")) [...row.children].forEach((cell, place) => { cell.dataset.label = names[place] || ""; });
  });
  course.widget(".table-wrapper", (wrapper) => {
    new ResizeObserver(() => {
      if (wrapper.scrollWidth > wrapper.clientWidth + 1) {
        wrapper.tabIndex = 0;
        wrapper.setAttribute("role", "group");
        wrapper.setAttribute("aria-label", "Table, scrolls sideways");
      } else {
        ["tabindex", "role", "aria-label"].forEach((each) => wrapper.removeAttribute(each));
      }
    }).observe(wrapper);
  });
})();
