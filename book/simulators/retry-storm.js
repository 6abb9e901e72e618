// The drawing of the storm, and its controls.
"use strict";

(function (root) {
  const model = root.courseModels?.["retry-storm"] || require("./retry-storm.model.js");

  function draw(state, width) {
    const left = 34;
    const right = width - 8;
    const count = width < 480 ? 80 : model.HISTORY;
    const rows = state.history.slice(-count);
    const bar = (right - left) / count;
    const most = Math.max(16, ...rows.map((each) => each.fresh + each.retries));
    const top = 14;
    const base = 150;
    const deep = 56;
    const y = (number) => base - (number / most) * (base - top);
    const x = (place) => left + place * bar;
    const offset = count - rows.length;
    const parts = [];
    const grid = most > 40 ? 20 : most > 20 ? 10 : 5;
    for (let line = 0; line <= most; line += grid) {
      parts.push(`<path class="s-axis" d="M${left} ${y(line).toFixed(1)}H${right}"/><text class="s-text d-end" x="${left - 5}" y="${(y(line) + 4).toFixed(1)}">${line}</text>`);
    }
    rows.forEach((row, place) => {
      const at = x(place + offset);
      const thin = Math.max(0.8, bar - 0.6).toFixed(2);
      const rect = (kind, from, tall) => tall > 0 && parts.push(`<rect class="${kind}" x="${at.toFixed(1)}" y="${from.toFixed(1)}" width="${thin}" height="${tall.toFixed(1)}"/>`);
      if (row.down) parts.unshift(`<rect class="s-outage" x="${at.toFixed(1)}" y="${top}" width="${(bar + 0.3).toFixed(2)}" height="${base + deep - top}"/>`);
      rect("s-run", y(row.fresh), base - y(row.fresh));
      rect("s-init", y(row.fresh + row.retries), y(row.fresh) - y(row.fresh + row.retries));
      const unit = deep / 6;
      rect("s-ok", base + 4, row.done * unit);
      rect("s-bad", base + 4 + row.done * unit, row.doubled * unit);
    });
    parts.push(`<path class="s-limit" d="M${left} ${y(model.CAPACITY).toFixed(1)}H${right}"/>`);
    parts.push(`<text class="s-text-strong" x="${left + 4}" y="${top + 8}">attempts in a tenth of a second</text><text class="s-text-strong" x="${left + 4}" y="${base + deep - 2}">answered</text>`);
    if (!rows.length) parts.push(`<text class="s-text d-mid" x="${((left + right) / 2).toFixed(1)}" y="${base - 60}">Play, or step, to let requests arrive.</text>`);
    const last = rows.at(-1);
    if (last) {
      for (let second = Math.ceil((last.at / 1000 - (rows.length / 10)) / 2) * 2; second <= last.at / 1000; second += 2) {
        const at = right - (last.at / 1000 - second) * 10 * bar;
        if (at > left + 10) parts.push(`<text class="s-text d-mid" x="${Math.min(at, right - 10).toFixed(1)}" y="${base + deep + 16}">${second} s</text>`);
      }
    }
    return `<svg class="stage" viewBox="0 0 ${width} ${base + deep + 22}" role="img" aria-label="Attempts that arrive, above, and requests that are answered, below, over time. The text below says the same.">${parts.join("")}</svg>`;
  }

  const legend = [
    ['<rect class="s-run" width="24" height="12"/>', "first attempts"],
    ['<rect class="s-init" width="24" height="12"/>', "retries"],
    ['<path class="s-limit" d="M0 6H24"/>', "what the service can do"],
    ['<rect class="s-ok" width="24" height="12"/>', "answered"],
    ['<rect class="s-bad" width="24" height="12"/>', "done a second time"],
    ['<rect class="s-outage" width="24" height="12"/>', "stopped"],
  ];

  const view = {
    title: "A retry storm",
    draw, legend,
    about: "Ten requests a second on average, and a service that can do forty. One reply in twelve is lost on its way back. What brings such a service down is not the traffic. A model, not AWS: a refusal costs a quarter of an answer, and a caller gives up after eight attempts.",
    controls(api) {
      const { button, choice, toggle } = api;
      return [
        [button("Sixty more at once", { type: "burst" }), toggle("Service stopped", "down")],
        [choice("After a failure, callers", "policy", [[0, "give up"], [1, "try again at once"], [2, "wait a second"], [3, "back off: 0.4, 0.8, 1.6 … s"], [4, "back off, with jitter"]], (state) => model.POLICIES.indexOf(state.policy)),
          toggle("Idempotency keys", "keys")],
      ];
    },
    still() {
      let state = model.initial(11);
      const tick = (times) => { for (let each = 0; each < times; each += 1) state = model.step(state, { type: "tick" }); };
      tick(25);
      state = model.step(state, { type: "policy", value: 3 });
      state = model.step(state, { type: "burst" });
      tick(60);
      state = model.step(state, { type: "policy", value: 4 });
      state = model.step(state, { type: "burst" });
      tick(65);
      return state;
    },
  };
  (root.courseViews ||= {})["retry-storm"] = view;
  if (typeof module !== "undefined") module.exports = view;
})(globalThis);
