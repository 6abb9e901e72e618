// Partitions and keys: which partition a key's load falls on, what one can do, and what splitting helps.
// A model, not AWS: tables begin with four partitions and have sixteen at most; one that was hot for a minute is split.
// The rules are also in harness/lab/core/src/simulators/table.rs, with their sources; partitions.cases.json holds both.
"use strict";

(function (root) {
  const random = root.courseRandom || (typeof require !== "undefined" ? require("./random.js") : null);

  const TICK_MS = 100;
  const SPAN_MS = 1000;
  // Units a second that one partition can do: writes, reads.
  const CEILING = [1000, 3000];
  const BURST_SECONDS = 300;
  const HEAT_SECONDS = 60;
  const PARTITIONS = 4;
  const PARTITIONS_MAX = 16;
  // A client asks for ten units a second.
  const LUMP = 10;
  // Sixteen bits of hash, and eighths of an item collection behind each.
  const EIGHTHS = 8;
  const POSITIONS = 65536 * EIGHTHS;
  const CHOICES = {
    keys: [0, 1, 2, 3, 4],
    within: [0, 1, 2],
    index: [0, 1],
    kind: [0, 1],
    rate: [0, 500, 1500, 4000, 8000, 12_000],
    // 0: on demand.
    capacity: [0, 1000, 4000],
  };
  // What a table is made with: choosing another makes a new one.
  const MADE_WITH = ["keys", "within", "index"];

  function hash(text) {
    let value = 0x811c9dc5;
    for (let place = 0; place < text.length; place += 1) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
    return (value ^ (value >>> 16)) >>> 16;
  }
  const below = (drawn, count) => Math.floor(drawn * count);
  // A request's key, by a number in 0..1.
  const DESIGNS = [
    (drawn) => `board-${below(drawn, 200)}`,
    (drawn) => `board-${Math.max(0, below(drawn, 400) - 200)}`,
    (drawn) => ["country-us", "country-de", "country-fj"][[0, 0, 0, 0, 0, 0, 1, 1, 1, 2][below(drawn, 10)]],
    () => "today",
    (drawn) => `today#${below(drawn, 10)}`,
  ];

  const fresh = (from, to, born) => ({ from, to, born, asked: 0, taken: 0, refused: 0, heat: 0, stuck: false });
  function table0(born) {
    const size = POSITIONS / PARTITIONS;
    return Array.from({ length: PARTITIONS }, (_, place) => fresh(place * size, (place + 1) * size, born));
  }
  const QUIET = { asked: 0, taken: 0, byPartition: 0, byTable: 0, key: "", keyTaken: 0 };

  function initial(seed = 5) {
    return {
      seed, now: 0, keys: 0, within: 0, index: 0, kind: 0, rate: 0, capacity: 0,
      partitions: table0(0), saved: [0, 0], last: QUIET, total: { taken: 0, refused: 0 },
      for: { stuck: 0, over: 0, burst: 0 }, seen: { stuck: false, over: false, burst: false },
    };
  }

  // Where to split, so that the load of this second is halved as well as can be; null where it cannot be divided.
  function place(partition, load, index) {
    const inside = [...load].filter(([at]) => at >= partition.from && at < partition.to).sort((a, b) => a[0] - b[0]);
    const all = inside.reduce((sum, [, units]) => sum + units, 0);
    let best = null;
    let left = 0;
    let before = 0;
    let edge = -1;
    for (const [at, units] of inside) {
      // With a local secondary index a collection stays in one piece.
      const cut = index ? at - (at % EIGHTHS) : at;
      if (cut !== edge) before = left;
      edge = cut;
      const uneven = Math.abs(2 * before - all);
      if (before > 0 && cut > partition.from && (best === null || uneven < best.uneven)) best = { cut, uneven };
      left += units;
    }
    return best && best.cut;
  }

  function tick(state) {
    const now = state.now + SPAN_MS;
    const ceiling = CEILING[state.kind];
    let seed = state.seed;
    const draw = () => {
      const [value, next] = random.next(seed);
      seed = next;
      return value;
    };
    const requests = [];
    const load = new Map();
    for (let each = 0; each < state.rate / LUMP; each += 1) {
      const key = DESIGNS[state.keys](draw());
      const drawn = below(draw(), EIGHTHS);
      const at = hash(key) * EIGHTHS + [drawn, EIGHTHS - 1, 3][state.within];
      requests.push([key, at]);
      load.set(at, (load.get(at) ?? 0) + LUMP);
    }

    // What has been hot for long enough is split before this second's requests come.
    let partitions = [];
    let split = 0;
    for (const each of state.partitions) {
      const one = { ...each, asked: 0, taken: 0, refused: 0, stuck: false };
      const cut = one.heat >= HEAT_SECONDS ? place(one, load, state.index) : null;
      if (cut !== null && state.partitions.length + split < PARTITIONS_MAX) {
        partitions.push(fresh(one.from, cut, now), fresh(cut, one.to, now));
        split += 1;
      } else partitions.push({ ...one, stuck: one.heat >= HEAT_SECONDS });
    }

    const allowed = state.capacity ? state.capacity + state.saved[state.kind] : Infinity;
    const row = { ...QUIET };
    const byKey = new Map();
    for (const [key, at] of requests) {
      const partition = partitions.find((each) => at < each.to);
      row.asked += LUMP;
      partition.asked += LUMP;
      if (partition.taken + LUMP > ceiling) {
        partition.refused += LUMP;
        row.byPartition += LUMP;
      } else if (row.taken + LUMP > allowed) {
        row.byTable += LUMP;
      } else {
        partition.taken += LUMP;
        row.taken += LUMP;
        byKey.set(key, (byKey.get(key) ?? 0) + LUMP);
      }
    }
    for (const [key, taken] of byKey) if (taken > row.keyTaken) [row.key, row.keyTaken] = [key, taken];
    for (const each of partitions) {
      const hot = each.refused > 0 || each.taken * 10 >= ceiling * 9;
      each.heat = hot ? Math.min(HEAT_SECONDS, each.heat + 1) : Math.max(0, each.heat - 1);
    }
    const saved = state.saved.map((units, kind) => (state.capacity
      ? Math.max(0, Math.min(BURST_SECONDS * state.capacity, units + state.capacity - (kind === state.kind ? row.taken : 0))) : 0));

    const lasting = {
      stuck: row.byPartition > 0 && !split && row.taken * 2 <= partitions.length * ceiling ? state.for.stuck + 1 : 0,
      over: row.keyTaken > ceiling && row.taken === row.asked ? state.for.over + 1 : 0,
      burst: state.capacity && row.taken > state.capacity && !row.byTable ? state.for.burst + 1 : 0,
    };
    const seen = {
      stuck: state.seen.stuck || lasting.stuck >= 180,
      over: state.seen.over || lasting.over >= 30,
      burst: state.seen.burst || (row.byTable > 0 && state.for.burst >= 60),
    };
    const total = { taken: state.total.taken + row.taken, refused: state.total.refused + row.byPartition + row.byTable };
    return { ...state, now, seed, partitions, saved, last: row, total, for: lasting, seen };
  }

  function step(state, event) {
    if (event.type === "tick") return tick(state);
    if (!CHOICES[event.type]?.includes(event.value)) return state;
    const next = { ...state, [event.type]: event.value };
    if (event.type === "capacity") next.saved = state.saved.map((units) => Math.min(units, BURST_SECONDS * event.value));
    if (MADE_WITH.includes(event.type)) return { ...next, partitions: table0(state.now), saved: [0, 0], last: QUIET, for: { stuck: 0, over: 0, burst: 0 } };
    return next;
  }

  const tasks = [
    { id: "stuck", text: "Have requests refused for three minutes on end, while at most half of what the partitions can do is used and nothing is split.", done: (state) => state.seen.stuck },
    { id: "over", text: "Have one key take more than a partition can do, for half a minute, with nothing refused.", done: (state) => state.seen.over },
    { id: "burst", text: "With provisioned capacity: take more than you pay for, for at least a minute. Then see what happens.", done: (state) => state.seen.burst },
  ];

  const number = (value) => value.toLocaleString("en-US");
  function summary(state) {
    const { last, partitions } = state;
    const kind = state.kind ? "read" : "write";
    const ceiling = CEILING[state.kind];
    const hottest = partitions.reduce((most, each) => (each.asked > most.asked ? each : most));
    const refused = last.byPartition + last.byTable;
    const parts = [`At ${state.now / 1000} s: ${partitions.length} partitions, ${state.capacity ? `${number(state.capacity)} ${kind} units a second provisioned, ${number(state.saved[state.kind])} saved for bursts` : "on demand"}.`];
    if (!last.asked) parts.push("Nobody asks for anything.");
    else {
      parts.push(`Of ${number(last.asked)} ${kind} units in this second, ${number(last.taken)} went through and ${number(refused)} were refused.`);
      if (last.byPartition) parts.push(`${number(last.byPartition)} of them because their partition did its ${number(ceiling)} (KeyRangeThroughputExceeded).`);
      if (last.byTable) parts.push(`${number(last.byTable)} of them because the table has no more (ProvisionedThroughputExceeded).`);
      parts.push(`The busiest key, ${last.key || "which got nothing"}, took ${number(last.keyTaken)}; the partition that is asked most has ${number(hottest.asked)} to do.`);
      if (partitions.some((each) => each.stuck)) parts.push(partitions.length >= PARTITIONS_MAX ? "The model ends at sixteen partitions." : "One partition is hot, and there is no place to split it that would help.");
    }
    return parts.join(" ");
  }
  const point = (at) => `${Math.floor(at / EIGHTHS).toString(16).padStart(4, "0")}${at % EIGHTHS ? ` and ${at % EIGHTHS}/8` : ""}`;
  function table(state) {
    return {
      columns: ["Partition", "From hash", "Asked", "Went through", "Refused here", "Hot for", "Since"],
      rows: state.partitions.map((each, index) => [`${index + 1}`, point(each.from), number(each.asked), number(each.taken), number(each.refused), each.stuck ? "can't split" : `${each.heat} s`, `${each.born / 1000} s`]),
    };
  }

  const letters = { keys: "k", within: "w", index: "i", kind: "m", rate: "r", capacity: "c" };
  const encode = ({ type, value }) => letters[type] + value;
  const codes = Object.entries(CHOICES).flatMap(([type, values]) => values.map((value) => [encode({ type, value }), { type, value }]));
  const decode = (token) => new Map(codes).get(token) ?? null;

  const model = { name: "partitions", TICK_MS, SPAN_MS, CEILING, BURST_SECONDS, HEAT_SECONDS, PARTITIONS_MAX, POSITIONS, CHOICES, hash, initial, step, tasks, summary, table, encode, decode };
  (root.courseModels ||= {}).partitions = model;
  if (typeof module !== "undefined") module.exports = model;
})(globalThis);
