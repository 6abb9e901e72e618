// The drawing of the lanes (a pure function to SVG text, also used for the still figure) and the simulator's own controls.
"use strict";

(function (root) {
  const model = root.courseModels?.["cold-and-warm"] || require("./cold-and-warm.model.js");
  const LANE = 24;
  const TOP = 26;
  const AHEAD_MS = 2000;

  function draw(state, width) {
    const left = 62;
    const right = width - 10;
    const span = width < 480 ? 10_000 : model.WINDOW_MS - AHEAD_MS;
    // The picture fills from the left, and only then begins to move.
    const end = Math.max(span, state.now + AHEAD_MS);
    const start = end - span;
    const x = (ms) => left + ((ms - start) / span) * (right - left);
    const clip = (ms) => Math.min(right, Math.max(left, x(ms)));
    const shown = state.environments.filter((each) => each.phase !== "gone" || each.end > start);
    const lanes = Math.max(4, ...shown.map((each) => each.lane + 1));
    const bottom = TOP + lanes * LANE;
    const height = bottom + 26;
    const parts = [];
    for (let second = Math.max(0, Math.ceil(start / 2000) * 2000); second <= end; second += 2000) {
      parts.push(`<path class="s-axis" d="M${x(second).toFixed(1)} ${TOP - 4}V${bottom}"/><text class="s-text d-mid" x="${Math.min(x(second), right - 8).toFixed(1)}" y="${bottom + 16}">${second / 1000} s</text>`);
    }
    for (let lane = 0; lane < lanes; lane += 1) {
      const y = TOP + lane * LANE + LANE / 2;
      parts.push(`<path class="s-axis" d="M${left} ${TOP + (lane + 1) * LANE}H${right}"/>`);
      const here = shown.filter((each) => each.lane === lane).at(-1);
      parts.push(`<text class="${here && here.phase !== "gone" ? "s-text-strong" : "s-text"}" x="4" y="${y + 4}">${here ? `env. ${here.id}` : ""}</text>`);
    }
    for (const each of shown) {
      const y = TOP + each.lane * LANE + LANE / 2;
      const to = each.phase === "gone" ? each.end : end;
      const now = each.phase === "gone" ? each.end : Math.max(state.now, each.phase === "idle" ? 0 : each.until);
      if (clip(now) > clip(each.from)) parts.push(`<path class="s-idle" d="M${clip(each.from).toFixed(1)} ${y}H${clip(Math.min(now, to)).toFixed(1)}"/>`);
      if (each.phase === "gone" && each.end > start) parts.push(`<path class="d-line" d="M${x(each.end).toFixed(1)} ${y - 7}v14"/>`);
    }
    for (const block of state.blocks) {
      const from = clip(block.from);
      const to = clip(block.to);
      if (to - from < 0.5) continue;
      const y = TOP + block.lane * LANE + 4;
      parts.push(`<rect class="${block.kind === "init" ? "s-init" : "s-run"}" x="${from.toFixed(1)}" y="${block.kind === "init" ? y + 3 : y}" width="${(to - from).toFixed(1)}" height="${block.kind === "init" ? LANE - 14 : LANE - 8}" rx="2"${block.from > state.now ? ' opacity="0.45"' : ""}/>`);
    }
    for (const at of state.refusals) {
      if (at > start) parts.push(`<path class="d-bad" d="m${(x(at) - 4).toFixed(1)} 8 8 8m0-8-8 8"/>`);
    }
    if (!shown.length) parts.push(`<text class="s-text d-mid" x="${((left + right) / 2).toFixed(1)}" y="${TOP + lanes * LANE / 2 + 4}">Nothing exists until somebody asks.</text>`);
    parts.push(`<path class="s-now" d="M${x(state.now).toFixed(1)} 4V${bottom}"/><text class="s-text-strong" x="${(x(state.now) + 5).toFixed(1)}" y="15">now</text>`);
    if (state.refusals.some((at) => at > start)) parts.push(`<text class="s-text" x="4" y="16">refused</text>`);
    return `<svg class="stage" viewBox="0 0 ${width} ${height}" role="img" aria-label="Lanes of execution environments over time. The text below says the same.">${parts.join("")}</svg>`;
  }

  const legend = [
    ['<rect class="s-init" y="3" width="24" height="7" rx="2"/>', "Init"],
    ['<rect class="s-run" width="24" height="12" rx="2"/>', "invocation"],
    ['<path class="s-idle" d="M0 6H24"/>', "waits, frozen and unpaid"],
    ['<path class="d-line" d="M12 0v12"/>', "gone"],
    ['<path class="d-bad" d="m8 2 8 8m0-8-8 8"/>', "refused (429)"],
  ];

  const view = {
    title: "Lanes of cold and warm starts",
    draw, legend,
    about: "Every environment takes one request at a time. Send some, let the clock run, and watch who waits for whom. A model, not AWS: Init is always 0.8 s, and an environment that nobody calls goes after ten seconds.",
    controls(api) {
      const { button, choice } = api;
      return [
        [button("Send 1 request", { type: "request", count: 1 }), button("Send 5 at once", { type: "request", count: 5 }), button("Deploy new code", { type: "deploy" })],
        [choice("Traffic", "rate", [[0, "none"], [1, "1 a second"], [4, "4 a second"], [20, "20 a second"]]),
          choice("An invocation takes", "run", [[100, "0.1 s"], [400, "0.4 s"], [2000, "2 s"]]),
          choice("Reserved concurrency", "limit", [[model.ENVIRONMENTS_MAX, "12"], [4, "4"], [2, "2"], [1, "1"]])],
      ];
    },
    // What the printed page shows.
    still() {
      let state = model.initial(7);
      const tick = (times) => { for (let each = 0; each < times; each += 1) state = model.step(state, { type: "tick" }); };
      const ask = (count) => { state = model.step(state, { type: "request", count }); };
      ask(1); tick(20); ask(1); tick(15); ask(1); tick(15); ask(4); tick(30); ask(2); tick(20);
      return state;
    },
  };
  (root.courseViews ||= {})["cold-and-warm"] = view;
  if (typeof module !== "undefined") module.exports = view;
})(globalThis);
