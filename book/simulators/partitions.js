// The drawing of the partitions: a bar for each, the hash line that they share, and what is saved for bursts.
"use strict";

(function (root) {
  const model = root.courseModels?.partitions || require("./partitions.model.js");
  const number = (value) => value.toLocaleString("en-US");
  const NEW_MS = 10_000;

  function draw(state, width) {
    const [left, right, top, base] = [44, width - 6, 22, 176];
    const ceiling = model.CEILING[state.kind];
    const { partitions } = state;
    const most = Math.max(ceiling * 1.5, ...partitions.map((each) => each.asked));
    const y = (units) => base - (units / most) * (base - top);
    const slot = (right - left) / partitions.length;
    const thick = Math.min(64, slot * 0.72);
    const middle = (place) => left + (place + 0.5) * slot;
    const onLine = (at) => left + (at / model.POSITIONS) * (right - left);
    const parts = [];
    for (let line = 0; line <= most; line += ceiling * (most > 5 * ceiling ? 2 : 1)) {
      parts.push(`<path class="s-axis" d="M${left} ${y(line).toFixed(1)}H${right}"/><text class="s-text d-end" x="${left - 5}" y="${(y(line) + 4).toFixed(1)}">${number(line)}</text>`);
    }
    partitions.forEach((each, place) => {
      const x = (middle(place) - thick / 2).toFixed(1);
      const bar = (kind, from, to) => to > from && parts.push(`<rect class="${kind}" x="${x}" y="${y(to).toFixed(1)}" width="${thick.toFixed(1)}" height="${(y(from) - y(to)).toFixed(1)}"/>`);
      bar("s-run", 0, each.taken);
      bar("s-bad", each.taken, each.taken + each.refused);
      bar("s-init", each.taken + each.refused, each.asked);
      const young = each.born > 0 && state.now - each.born < NEW_MS;
      // Numbers that stay apart on a phone, too.
      if (slot >= 15) parts.push(`<text class="${young ? "s-text-strong" : "s-text"} d-mid" x="${middle(place).toFixed(1)}" y="${base + 15}">${place + 1}</text>`);
      if (each.stuck) parts.push(`<path class="d-bad" d="m${(middle(place) - 5).toFixed(1)} ${(y(each.asked) - 13).toFixed(1)} 10 10m0-10-10 10"/>`);
      // The stretch of the hash line that this partition has.
      const [from, to] = [onLine(each.from), onLine(each.to)];
      parts.push(`<path class="s-idle" d="M${middle(place).toFixed(1)} ${base + 20}L${((from + to) / 2).toFixed(1)} ${base + 40}"/>`
        + `<rect class="${place % 2 ? "s-even" : "s-odd"}" x="${from.toFixed(1)}" y="${base + 40}" width="${Math.max(1, to - from).toFixed(1)}" height="10"/>`);
    });
    parts.push(`<path class="s-limit" d="M${left} ${y(ceiling).toFixed(1)}H${right}"/>`);
    parts.push(`<text class="s-text-strong" x="${left}" y="14">${state.kind ? "read" : "write"} units in this second, by partition</text>`);
    if (!state.last.asked) parts.push(`<text class="s-text d-mid" x="${((left + right) / 2).toFixed(1)}" y="${base - 30}">Choose some traffic, and play or step.</text>`);
    parts.push(`<text class="s-text" x="${left}" y="${base + 65}">hash 0000</text><text class="s-text d-end" x="${right}" y="${base + 65}">ffff</text>`);
    let bottom = base + 70;
    if (state.capacity) {
      const full = model.BURST_SECONDS * state.capacity;
      const saved = state.saved[state.kind];
      parts.push(`<text class="s-text-strong" x="${left}" y="${bottom + 16}">saved for bursts: ${number(saved)} of ${number(full)} units</text>`
        + `<rect class="s-ok" x="${left}" y="${bottom + 22}" width="${((saved / full) * (right - left)).toFixed(1)}" height="10"/><path class="s-axis" d="M${left} ${bottom + 32}H${right}"/>`);
      bottom += 36;
    }
    return `<svg class="stage" viewBox="0 0 ${width} ${bottom}" role="img" aria-label="A bar of load for each partition, with the limit of one, and the part of the hash line that each has. The text below says the same.">${parts.join("")}</svg>`;
  }

  const legend = [
    ['<rect class="s-run" width="24" height="12"/>', "went through"],
    ['<rect class="s-bad" width="24" height="12"/>', "refused by the partition"],
    ['<rect class="s-init" width="24" height="12"/>', "refused by the table"],
    ['<path class="s-limit" d="M0 6H24"/>', "what one partition can do"],
    ['<path class="d-bad" d="m8 2 8 8m0-8-8 8"/>', "hot, and cannot be split"],
    ['<rect class="s-odd" y="1" width="12" height="10"/><rect class="s-even" x="12" y="1" width="12" height="10"/>', "each one's stretch of hashes"],
  ];

  const view = {
    title: "Partitions and keys",
    draw, legend,
    about: "Choose a key, send traffic, and see on which partition it falls. Another key or index makes a new table. A model, not AWS: a table begins with four partitions, one that was hot for a minute is split where that halves its load, and sixteen are the most; "
      + "the service says neither how it hashes nor when it splits. A partition's limits and the 300 seconds of bursts are DynamoDB's (Developer Guide, read in a copy of 2026).",
    controls(api) {
      const { choice } = api;
      const plain = (value) => [value, number(value)];
      return [
        [choice("Partition key", "keys", [[0, "board: 200 alike"], [1, "board: one has half of the traffic"], [2, "country: three values"], [3, "today's date"], [4, "today's date and a digit"]]),
          choice("Within a key, requests go to", "within", [[0, "all of its items"], [1, "its newest items"], [2, "one item"]]),
          choice("Local secondary index", "index", [[0, "none"], [1, "one"]])],
        [choice("Traffic, units a second", "rate", model.CHOICES.rate.map(plain)),
          choice("Requests are", "kind", [[0, "writes"], [1, "reads"]]),
          choice("Capacity", "capacity", [[0, "on demand"], [1000, "1,000 provisioned"], [4000, "4,000 provisioned"]])],
      ];
    },
    still() {
      let state = model.initial();
      for (const [type, value] of [["keys", 1], ["rate", 4000]]) state = model.step(state, { type, value });
      for (let each = 0; each < 40; each += 1) state = model.step(state, { type: "tick" });
      return state;
    },
  };
  (root.courseViews ||= {}).partitions = view;
  if (typeof module !== "undefined") module.exports = view;
})(globalThis);
