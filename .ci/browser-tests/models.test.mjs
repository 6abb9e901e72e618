// The simulators' models: pure, seeded, and each task within reach. `node --test .ci/browser-tests/`
import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { still } from "./stills.mjs";

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL("../../book/simulators/", import.meta.url));
const lanes = require(`${folder}cold-and-warm.model.js`);
const storm = require(`${folder}retry-storm.model.js`);
const partitions = require(`${folder}partitions.model.js`);
const capacity = require(`${folder}capacity.model.js`);
const random = require(`${folder}random.js`);

const freeze = (value) => {
  if (value && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
};
/** Runs events on frozen states, so that a model that changes its argument throws. `40` means forty ticks. */
function run(model, events, seed) {
  let state = freeze(model.initial(seed));
  for (const event of events) {
    if (typeof event === "number") for (let each = 0; each < event; each += 1) state = freeze(model.step(state, { type: "tick" }));
    else state = freeze(model.step(state, event));
  }
  return state;
}
const ask = (count = 1) => ({ type: "request", count });
const done = (model, state) => model.tasks.filter((task) => task.done(state)).map((task) => task.id);

test("the generator repeats itself for a seed and stays within bounds", () => {
  let [one, two] = [5, 5];
  for (let each = 0; each < 1000; each += 1) {
    const [a, nextOne] = random.next(one);
    const [b, nextTwo] = random.next(two);
    assert.equal(a, b);
    assert.ok(a >= 0 && a < 1);
    [one, two] = [nextOne, nextTwo];
  }
});

test("the first request is cold, the next one after it is warm", () => {
  const first = run(lanes, [ask()]);
  assert.deepEqual([first.count.cold, first.count.warm], [1, 0]);
  const second = run(lanes, [ask(), 20, ask()]);
  assert.deepEqual([second.count.cold, second.count.warm, second.environments.length], [1, 1, 1]);
});

test("an environment takes one request at a time", () => {
  const busy = run(lanes, [ask(), 3, ask()]);
  assert.equal(busy.count.cold, 2);
  const crowd = run(lanes, [ask(5)]);
  assert.equal(lanes.living(crowd).length, 5);
});

test("Init ends after 800 ms and the invocation 400 ms later, to the tick", () => {
  const phase = (ticks) => run(lanes, [ask(), ticks]).environments[0].phase;
  assert.deepEqual([7, 8, 11, 12].map(phase), ["init", "run", "run", "idle"]);
});

test("an idle environment goes after ten seconds, and its memory with it", () => {
  const gone = (ticks) => lanes.living(run(lanes, [ask(), ticks])).length;
  assert.deepEqual([gone(111), gone(112)], [1, 0]);
});

test("beyond its reserved concurrency a function refuses", () => {
  const state = run(lanes, [{ type: "limit", value: 2 }, ask(3)]);
  assert.deepEqual([state.count.cold, state.count.refused], [2, 1]);
});

test("a deployment replaces the idle at once and the busy when they are done", () => {
  const idle = run(lanes, [ask(), 20, { type: "deploy" }]);
  assert.equal(lanes.living(idle).length, 0);
  const busy = run(lanes, [ask(), 2, { type: "deploy" }]);
  assert.equal(lanes.living(busy).length, 1);
  assert.equal(lanes.living(run(lanes, [ask(), 2, { type: "deploy" }, 20])).length, 0);
});

test("waiting is counted and not paid", () => {
  const state = run(lanes, [ask(), 62]);
  assert.equal(state.paid, 1200);
  assert.equal(state.waited, 5000);
});

test("each task of the lanes is out of reach at first and can be brought about", () => {
  assert.deepEqual(done(lanes, lanes.initial()), []);
  assert.deepEqual(done(lanes, run(lanes, [ask(), 20, ask(), 20, ask()])), ["reuse"]);
  assert.deepEqual(done(lanes, run(lanes, [ask(4)])), ["together"]);
  assert.deepEqual(done(lanes, run(lanes, [ask(), 120])), []);
  assert.deepEqual(done(lanes, run(lanes, [ask(), 120, ask()])), ["again"]);
});

test("invariants of the lanes hold in a day of seeded traffic", () => {
  for (const seed of [1, 2, 3]) {
    let state = run(lanes, [{ type: "rate", value: 20 }, { type: "run", value: 2000 }], seed);
    for (let each = 0; each < 800; each += 1) {
      state = lanes.step(state, { type: "tick" });
      const { requests, cold, warm, refused } = state.count;
      assert.equal(requests, cold + warm + refused);
      assert.ok(lanes.living(state).length <= lanes.ENVIRONMENTS_MAX);
      const taken = lanes.living(state).map((each) => each.lane);
      assert.equal(new Set(taken).size, taken.length, "two environments in one lane");
      assert.ok(state.blocks.length < 2000);
    }
  }
});

test("a refusal costs a quarter of an answer", () => {
  assert.deepEqual([0, 3, 4, 5, 8, 13, 16, 60].map(storm.served), [0, 3, 4, 3, 2, 1, 0, 0]);
});

test("back-off doubles up to its cap, jitter stays below it", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 9].map((attempt) => storm.delay("backoff", attempt, 0.5)), [400, 800, 1600, 3200, 6400, 8000, 8000]);
  assert.deepEqual([0, 0.5, 0.99].map((drawn) => storm.delay("jitter", 2, drawn)), [0, 400, 792]);
  assert.equal(storm.delay("fixed", 5, 0.3), 1000);
});

const policy = (name) => ({ type: "policy", value: storm.POLICIES.indexOf(name) });
function crowd(name, seed) {
  let state = run(storm, [policy(name), 20, { type: "burst" }], seed);
  for (let each = 0; each < 400; each += 1) {
    state = storm.step(state, { type: "tick" });
    if (state.crowd.left === 0) break;
  }
  return state;
}

test("back-off without jitter keeps the crowd together, jitter lets it through", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    for (const name of ["now", "fixed", "backoff"]) assert.equal(crowd(name, seed).seen.crowdThrough, false, `${name}, seed ${seed}`);
  }
  const through = Array.from({ length: 100 }, (_, seed) => crowd("jitter", seed + 1)).filter((state) => state.seen.crowdThrough).length;
  assert.ok(through >= 85, `jitter let ${through} of 100 crowds through`);
});

test("without keys a lost reply becomes a second effect, with keys never", () => {
  const without = run(storm, [300]);
  assert.ok(without.total.lost > 10);
  assert.ok(without.total.doubled > 10);
  const keyed = run(storm, [{ type: "keys", value: 1 }, 300]);
  assert.ok(keyed.total.lost > 10);
  assert.equal(keyed.total.doubled, 0);
});

test("a stopped service answers nobody, and every request ends or waits", () => {
  const state = run(storm, [{ type: "down", value: 1 }, policy("backoff"), 30]);
  assert.equal(state.total.done, 0);
  for (const name of storm.POLICIES) {
    const now = run(storm, [policy(name), { type: "burst" }, 90], 3);
    assert.equal(now.total.requests, now.total.done + now.total.gaveUp + now.waiting.length, name);
    assert.equal(now.total.attempts, now.total.done + now.total.refused + now.total.lost, name);
  }
});

test("each task of the storm is out of reach at first and can be brought about", () => {
  assert.deepEqual(done(storm, storm.initial()), []);
  assert.ok(done(storm, run(storm, [5, { type: "burst" }, 8])).includes("standstill"));
  assert.ok(done(storm, run(storm, [60, { type: "keys", value: 1 }, 400])).includes("once"));
  const some = Array.from({ length: 10 }, (_, seed) => crowd("jitter", seed + 1)).some((state) => done(storm, state).includes("crowd"));
  assert.ok(some);
});

const set = (type, value) => ({ type, value });
const cases = (name) => JSON.parse(readFileSync(`${folder}${name}.cases.json`, "utf8"));

// The same file is read by harness/lab/core/src/simulators, where the rules stand in Rust.
test("capacity bills each case as the lab's price list does", () => {
  const all = cases("capacity");
  assert.ok(all.length > 30);
  for (const { why, operation, bytes, items, limit, pages, strong, kept, expect } of all) {
    const choice = { operation: capacity.OPERATIONS.findIndex((each) => each.name === operation), bytes, items, limit, pages: Number(pages === "first"), strong: Number(strong), kept };
    const cost = capacity.bill(choice);
    assert.deepEqual({
      requests: cost.requests, examined: cost.examined, returned: cost.returned, bytes: cost.bytes,
      read: `${cost.read / 2}`, write: `${cost.write / 2}`, million_microdollars: Math.round(capacity.dollars(cost) * 1e6),
    }, expect, why);
  }
});

test("a filter, a projection of nothing, and the way to ask change what comes back, never what is looked at", () => {
  const query = [set("operation", 1), set("bytes", 500), set("items", 1500)];
  const bills = capacity.CHOICES.kept.map((kept) => capacity.bill(run(capacity, [...query, set("kept", kept)])));
  assert.deepEqual(bills.map((each) => each.returned), [1500, 150, 15, 0]);
  assert.equal(new Set(bills.map((each) => each.read)).size, 1);
});

test("each task of capacity is out of reach at first and can be brought about", () => {
  assert.deepEqual(done(capacity, capacity.initial()), []);
  assert.deepEqual(done(capacity, run(capacity, [set("operation", 4), set("bytes", 1024), set("bytes", 1025)])), ["edge"]);
  assert.deepEqual(done(capacity, run(capacity, [set("bytes", 1024), set("bytes", 1025)])), [], "a read of 1 KB and a byte costs what 1 KB costs");
  const apart = [set("bytes", 64), set("items", 1500), set("strong", 1)];
  assert.deepEqual(done(capacity, run(capacity, [...apart, set("operation", 1)])), ["together"]);
  assert.deepEqual(done(capacity, run(capacity, [...apart, set("operation", 1), set("strong", 0)])), ["together"]);
  assert.deepEqual(done(capacity, run(capacity, [set("bytes", 64), set("items", 20), set("operation", 1)])), []);
  assert.deepEqual(done(capacity, run(capacity, [set("operation", 1), set("items", 40_000), set("kept", 10)])), ["filtered"]);
  assert.deepEqual(done(capacity, run(capacity, [set("operation", 1), set("items", 40_000), set("kept", 100)])), []);
});

test("what is not on offer changes nothing", () => {
  for (const [model, event] of [[capacity, set("bytes", 7)], [capacity, set("seed", 1)], [partitions, set("rate", 1e9)], [partitions, set("now", 0)]]) {
    const before = run(model, []);
    assert.equal(model.step(before, event), before);
  }
});

test("partitions ends each run where the rules in Rust end it", () => {
  const all = cases("partitions");
  assert.ok(all.length > 15);
  for (const { why, seed, events, expect } of all) {
    const state = run(partitions, events.split(".").map((token) => (token[0] === "t" ? Number(token.slice(1)) : partitions.decode(token))), seed);
    assert.deepEqual({
      seed: state.seed, now: state.now, partitions: state.partitions.map((each) => [each.from, each.asked, each.taken, each.heat]),
      saved: state.saved, last: state.last, total: state.total, done: done(partitions, state),
    }, expect, why);
  }
});

test("no second gives more than a partition, the table, and what was saved allow", () => {
  for (const seed of [1, 2, 3]) {
    let state = run(partitions, [set("keys", seed), set("capacity", 1000), set("rate", 500), 40, set("rate", 8000)], seed);
    for (let each = 0; each < 200; each += 1) {
      const before = state;
      state = partitions.step(state, { type: "tick" });
      const { asked, taken, byPartition, byTable } = state.last;
      assert.equal(asked, taken + byPartition + byTable);
      assert.equal(taken, state.partitions.reduce((sum, one) => sum + one.taken, 0));
      assert.ok(taken <= 1000 + before.saved[0]);
      assert.ok(state.partitions.every((one) => one.taken <= 1000));
      assert.ok(state.partitions.length <= partitions.PARTITIONS_MAX);
      // The stretches lie side by side, and nothing is between them.
      assert.equal(state.partitions[0].from, 0);
      state.partitions.forEach((one, place) => assert.equal(one.to, state.partitions[place + 1]?.from ?? partitions.POSITIONS));
    }
  }
});

test("each task of the partitions is out of reach at first and can be brought about", () => {
  const writes = (...events) => done(partitions, run(partitions, events));
  assert.deepEqual(done(partitions, partitions.initial()), []);
  assert.deepEqual(writes(set("keys", 3), set("within", 1), set("rate", 4000), 179), []);
  assert.deepEqual(writes(set("keys", 3), set("within", 1), set("rate", 4000), 180), ["stuck"]);
  assert.deepEqual(writes(set("keys", 1), set("rate", 4000), 100), []);
  assert.deepEqual(writes(set("keys", 1), set("rate", 4000), 200), ["over"]);
  assert.deepEqual(writes(set("keys", 1), set("index", 1), set("rate", 4000), 600).includes("over"), false);
  assert.deepEqual(writes(set("capacity", 1000), set("rate", 500), 100, set("rate", 1500), 100), []);
  assert.deepEqual(writes(set("capacity", 1000), set("rate", 500), 100, set("rate", 1500), 101), ["burst"]);
});

test("another key makes another table", () => {
  const split = run(partitions, [set("keys", 1), set("rate", 4000), 200]);
  assert.ok(split.partitions.length > 4);
  for (const event of [set("keys", 0), set("within", 1), set("index", 1)]) assert.equal(partitions.step(split, event).partitions.length, 4);
  assert.equal(partitions.step(split, set("rate", 0)).partitions, split.partitions, "less traffic merges nothing");
});

const EVENTS = {
  "cold-and-warm": [ask(5), set("rate", 20), set("run", 2000), set("limit", 1), { type: "deploy" }],
  "retry-storm": [{ type: "burst" }, policy("jitter"), set("keys", 1), set("down", 0)],
  partitions: Object.entries(partitions.CHOICES).flatMap(([type, values]) => values.map((value) => set(type, value))),
  capacity: Object.entries(capacity.CHOICES).flatMap(([type, values]) => values.map((value) => set(type, value))),
};

for (const model of [lanes, storm, partitions, capacity]) {
  test(`${model.name}: the same seed and events give the same state`, () => {
    const events = { "cold-and-warm": [set("rate", 4), 100, ask(3), 50], "retry-storm": [20, { type: "burst" }, policy("jitter"), 100], partitions: [set("rate", 4000), 50] }[model.name] ?? EVENTS[model.name];
    assert.deepEqual(run(model, events, 42), run(model, events, 42));
    if (model.TICK_MS) assert.notDeepEqual(run(model, events, 42), run(model, events, 43));
  });
  test(`${model.name}: every event survives the address, nonsense does not`, () => {
    for (const event of EVENTS[model.name]) assert.deepEqual(model.decode(model.encode(event)), event);
    for (const token of ["", "z", "q-1", "p99", "r1e9", "<b>"]) assert.equal(model.decode(token), null, token);
  });
  test(`${model.name}: the table has a cell for each column`, () => {
    const state = run(model, model.TICK_MS ? [35] : []);
    const { columns, rows } = model.table(state);
    assert.ok(model === lanes || rows.length > 0);
    for (const row of rows) assert.equal(row.length, columns.length);
    assert.ok(model.summary(state).length > 40);
  });
  test(`${model.name}: the still figure on paper is the drawing of today`, () => {
    assert.equal(readFileSync(`${folder}${model.name}.still.svg`, "utf8"), still(model.name));
  });
}
