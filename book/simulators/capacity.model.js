// Capacity: what a request consumes, by the size of its items, its consistency, its pages and its filter.
// A model, not AWS: all items are of one size, and a page ends before the item that would cross 1 MB.
// The rules are also in harness/lab/core/src/cost.rs, with their sources; capacity.cases.json holds both.
// Prices: us-east-1, on demand, standard table class, 2026 (https://aws.amazon.com/dynamodb/pricing/ decides).
"use strict";

(function (root) {
  const KB = 1024;
  const PAGE_BYTES = KB * KB;
  // Dollars for a million units.
  const READ_PRICE = 0.125;
  const WRITE_PRICE = 0.625;

  // `most` items and `room` bytes fit into one request.
  const OPERATIONS = [
    { name: "GetItem", read: true, most: 1 },
    { name: "Query", read: true, pages: true },
    { name: "BatchGetItem", read: true, most: 100, room: 16 * PAGE_BYTES },
    { name: "TransactGetItems", read: true, transactional: true, most: 100, room: 4 * PAGE_BYTES },
    { name: "PutItem", most: 1 },
    { name: "BatchWriteItem", most: 25, room: 16 * PAGE_BYTES },
    { name: "TransactWriteItems", transactional: true, most: 100, room: 4 * PAGE_BYTES },
  ];
  const CHOICES = {
    operation: OPERATIONS.map((_, place) => place),
    bytes: [64, 500, 1024, 1025, 1536, 4096, 4097, 6656, 20 * KB, 300 * KB, 400 * KB],
    items: [1, 2, 10, 20, 100, 1500, 40_000],
    // 0: no Limit.
    limit: [0, 1, 20, 100],
    // 1: the first page alone.
    pages: [0, 1],
    strong: [0, 1],
    // Of a thousand.
    kept: [1000, 100, 10, 0],
  };

  function initial(seed = 1) {
    return {
      seed, operation: 0, bytes: 500, items: 1, limit: 0, pages: 0, strong: 0, kept: 1000,
      seen: { edge: false, apart: null, together: false, filtered: false },
    };
  }

  // What the request, or the requests, of `choice` consume. Units are counted in halves.
  function bill(choice) {
    const operation = OPERATIONS[choice.operation];
    const block = operation.read ? 4 * KB : KB;
    const blocks = (bytes) => Math.max(1, Math.ceil(bytes / block));
    const halves = operation.transactional ? 4 : operation.read && !choice.strong ? 1 : 2;
    let requests;
    let examined = choice.items;
    let paid;
    if (operation.pages) {
      const fits = Math.max(1, Math.floor(PAGE_BYTES / choice.bytes));
      const limited = choice.limit > 0 && choice.limit <= fits;
      const page = limited ? choice.limit : fits;
      if (choice.pages) {
        requests = 1;
        examined = Math.min(page, choice.items);
        paid = blocks(examined * choice.bytes);
      } else {
        const full = Math.floor(choice.items / page);
        const rest = choice.items % page;
        // A page that is full by its Limit does not say that it is the last one: the next one is empty, and is paid.
        const last = rest > 0 || limited ? 1 : 0;
        requests = full + last;
        paid = full * blocks(page * choice.bytes) + last * blocks(rest * choice.bytes);
      }
    } else {
      const together = Math.min(operation.most, operation.room ? Math.floor(operation.room / choice.bytes) : operation.most);
      requests = Math.ceil(choice.items / together);
      paid = choice.items * blocks(choice.bytes);
    }
    const returned = operation.pages ? Math.floor((examined * choice.kept) / 1000) : operation.read ? examined : 0;
    const units = paid * halves;
    return { requests, examined, returned, bytes: examined * choice.bytes, paidBytes: paid * block, block, read: operation.read ? units : 0, write: operation.read ? 0 : units };
  }

  const dollars = (cost) => (cost.read / 2) * READ_PRICE + (cost.write / 2) * WRITE_PRICE;

  function step(state, event) {
    if (!CHOICES[event.type]?.includes(event.value)) return state;
    const next = { ...state, [event.type]: event.value };
    const [before, after] = [bill(state), bill(next)];
    const units = after.read + after.write;
    const seen = { ...state.seen };
    const name = OPERATIONS[next.operation].name;
    seen.edge ||= event.type === "bytes" && next.bytes === state.bytes + 1 && units > before.read + before.write;
    if (name === "GetItem" || name === "BatchGetItem") seen.apart = { bytes: next.bytes, items: next.items, strong: next.strong, units };
    const apart = seen.apart;
    seen.together ||= name === "Query" && next.pages === 0 && apart !== null && apart.bytes === next.bytes
      && apart.items === next.items && apart.strong === next.strong && units * 50 <= apart.units;
    seen.filtered ||= name === "Query" && after.examined >= 40_000 && after.returned <= 400;
    return { ...next, seen };
  }

  const tasks = [
    { id: "edge", text: "Find one byte that costs a unit: the same request, one byte more in the item, and a higher bill.", done: (state) => state.seen.edge },
    { id: "together", text: "Read the same items one by one, or in batches, and then with a query that costs no more than a fiftieth.", done: (state) => state.seen.together },
    { id: "filtered", text: "Have 40,000 items looked at, and at most 400 sent to you. What did the filter save?", done: (state) => state.seen.filtered },
  ];

  const number = (value) => value.toLocaleString("en-US");
  const units = (halves) => (halves / 2).toLocaleString("en-US");
  const counted = (value, one) => `${number(value)} ${one}${value === 1 ? "" : "s"}`;
  const price = (cost) => `$${dollars(cost).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: dollars(cost) < 1 ? 4 : 2 })}`;

  function summary(state) {
    const operation = OPERATIONS[state.operation];
    const cost = bill(state);
    const how = operation.transactional ? ", in transactions" : operation.read ? (state.strong ? ", strongly consistent" : ", eventually consistent") : "";
    const lost = cost.examined - cost.returned;
    return `${operation.name}${operation.pages ? " or Scan" : ""}, ${counted(state.items, "item")} of ${counted(state.bytes, "byte")}${how}: `
      + `${counted(cost.requests, "request")}, ${counted(cost.examined, "item")} ${operation.read ? "looked at" : "written"}. `
      + `${number(cost.bytes)} bytes count as ${number(cost.paidBytes)}, in blocks of ${cost.block / KB} KB: ${units(cost.read + cost.write)} ${operation.read ? "read" : "write"} units. `
      + (operation.pages ? `${counted(cost.returned, "item")} ${cost.returned === 1 ? "is" : "are"} sent to you${lost ? `; the filter threw ${number(lost)} away, which are paid like the others` : ""}. ` : "")
      + `A million times, this is ${price(cost)}.`;
  }
  // The same choice, asked in every way: so the table compares.
  function table(state) {
    return {
      columns: ["Operation", "Requests", "Items", "Sent to you", "Bytes paid", "Units", "A million times"],
      rows: OPERATIONS.map((operation, place) => {
        const cost = bill({ ...state, operation: place });
        return [`${operation.name}${place === state.operation ? " (chosen)" : ""}`, number(cost.requests), number(cost.examined), number(cost.returned), number(cost.paidBytes),
          `${units(cost.read + cost.write)} ${operation.read ? "read" : "write"}`, price(cost)];
      }),
    };
  }

  const letters = { operation: "o", bytes: "b", items: "n", limit: "l", pages: "p", strong: "s", kept: "k" };
  const encode = ({ type, value }) => letters[type] + value;
  const codes = Object.entries(CHOICES).flatMap(([type, values]) => values.map((value) => [encode({ type, value }), { type, value }]));
  const decode = (token) => new Map(codes).get(token) ?? null;

  const model = { name: "capacity", OPERATIONS, CHOICES, READ_PRICE, WRITE_PRICE, initial, step, bill, dollars, tasks, summary, table, encode, decode };
  (root.courseModels ||= {}).capacity = model;
  if (typeof module !== "undefined") module.exports = model;
})(globalThis);
