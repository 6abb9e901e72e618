// The drawing of a bill: what was looked at, what that is rounded up to, what came back.
"use strict";

(function (root) {
  const model = root.courseModels?.capacity || require("./capacity.model.js");
  const number = (value) => value.toLocaleString("en-US");
  // More parts than these are not drawn one by one.
  const PARTS_MAX = 48;
  const ROW = 50;
  const BAR = 20;

  function draw(state, width) {
    const operation = model.OPERATIONS[state.operation];
    const cost = model.bill(state);
    const [left, right] = [4, width - 4];
    const scale = (right - left) / Math.max(cost.bytes, cost.paidBytes);
    const sent = cost.returned * state.bytes;
    const unit = operation.read ? "read" : "write";
    const told = (bytes) => (bytes < 1e6 ? `${number(bytes)} bytes` : `${number(Math.round(bytes / 1048576))} MB`);
    const many = (count, one) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;
    const rows = [
      ["s-run", cost.bytes, cost.examined, `${operation.read ? "looked at" : "written"}: ${many(cost.examined, "item")}, ${told(cost.bytes)}`],
      ["s-init", cost.paidBytes, cost.paidBytes / cost.block, `paid: ${many(cost.paidBytes / cost.block, "block")} of ${cost.block / 1024} KB`],
      ["s-ok", sent, cost.returned, `sent to you: ${operation.read ? `${many(cost.returned, "item")}, ${told(sent)}` : "a word of confirmation"}`],
    ];
    const parts = rows.map(([kind, bytes, count, text], place) => {
      const y = place * ROW + 4;
      const long = Math.max(bytes ? 1 : 0, bytes * scale);
      const cuts = count > 1 && count <= PARTS_MAX
        ? Array.from({ length: count - 1 }, (_, cut) => `M${(left + ((cut + 1) * long) / count).toFixed(1)} ${y + 18}v${BAR}`).join("") : "";
      return `<text class="s-text-strong" x="${left}" y="${y + 12}">${text}</text>`
        + `<rect class="${kind}" x="${left}" y="${y + 18}" width="${long.toFixed(1)}" height="${BAR}"/>`
        + (cuts ? `<path class="s-cut" d="${cuts}"/>` : "")
        + `<path class="s-axis" d="M${left} ${y + 18 + BAR}H${right}"/>`;
    });
    const units = (cost.read + cost.write) / 2;
    const bottom = rows.length * ROW + 26;
    parts.push(`<text class="s-figure" x="${left}" y="${bottom}">${many(units, `${unit} unit`)}</text><text class="s-text d-end" x="${right}" y="${bottom}">${many(cost.requests, "request")}</text>`);
    return `<svg class="stage" viewBox="0 0 ${width} ${bottom + 8}" role="img" aria-label="Bytes that were looked at, bytes that are paid, bytes that were sent, and the units. The text below says the same.">${parts.join("")}</svg>`;
  }

  const legend = [
    ['<rect class="s-run" width="24" height="12"/>', "what the items have"],
    ['<rect class="s-init" width="24" height="12"/>', "what that is rounded up to"],
    ['<rect class="s-ok" width="24" height="12"/>', "what comes back"],
  ];
  const KB = 1024;
  const size = (bytes) => (bytes < KB ? `${bytes} bytes` : bytes % 512 === 0 ? `${bytes / KB} KB` : `${(bytes - 1) / KB} KB and a byte`);

  const view = {
    title: "What a request costs",
    draw, legend,
    about: "Choose a request, and say first what it will cost. Limit, pages and filter are a query's; consistency is a read's. A model, not AWS: all items have one size, and a page ends before the item that would cross 1 MB. "
      + `Prices: us-east-1, on demand, standard table class, as quoted in 2026, $${model.READ_PRICE} for a million read units and $${model.WRITE_PRICE} for a million write units, without storage and free tier.`,
    controls(api) {
      const { choice } = api;
      return [
        [choice("Operation", "operation", model.OPERATIONS.map((each, place) => [place, each.pages ? "Query or Scan" : each.name])),
          choice("An item has", "bytes", model.CHOICES.bytes.map((each) => [each, size(each)])),
          choice("Items", "items", model.CHOICES.items.map((each) => [each, number(each)]))],
        [choice("Consistency", "strong", [[0, "eventual"], [1, "strong"]]),
          choice("Limit", "limit", [[0, "none"], [1, "1"], [20, "20"], [100, "100"]]),
          choice("Pages", "pages", [[0, "all"], [1, "the first one"]]),
          choice("The filter keeps", "kept", [[1000, "everything"], [100, "every tenth"], [10, "every hundredth"], [0, "nothing"]])],
      ];
    },
    still() {
      const events = [["operation", 1], ["bytes", 500], ["items", 20], ["kept", 100]];
      return events.reduce((state, [type, value]) => model.step(state, { type, value }), model.initial());
    },
  };
  (root.courseViews ||= {}).capacity = view;
  if (typeof module !== "undefined") module.exports = view;
})(globalThis);
