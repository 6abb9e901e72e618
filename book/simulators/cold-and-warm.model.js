// Lanes of cold and warm starts: what becomes of requests when each execution environment takes one at a time.
// A model, not AWS: Init always takes 800 ms here, and an environment that nobody calls goes after ten seconds
// (the real service promises no such figure).
"use strict";

(function (root) {
  const random = root.courseRandom || (typeof require !== "undefined" ? require("./random.js") : null);

  const TICK_MS = 100;
  const INIT_MS = 800;
  const IDLE_LIMIT_MS = 10_000;
  const ENVIRONMENTS_MAX = 12;
  // Blocks that ended longer ago than this are drawn by nobody.
  const WINDOW_MS = 20_000;

  function initial(seed = 7) {
    return {
      seed, now: 0, rate: 0, run: 400, limit: ENVIRONMENTS_MAX, born: 0,
      environments: [], blocks: [], refusals: [],
      count: { requests: 0, cold: 0, warm: 0, refused: 0 },
      paid: 0, waited: 0, slowest: 0,
      seen: { served: 0, together: 0, allGone: false, coldAgain: false },
    };
  }

  const living = (state) => state.environments.filter((each) => each.phase !== "gone");

  function freeLane(state) {
    const taken = new Set(state.environments.filter((each) => each.phase !== "gone" || each.end > state.now - WINDOW_MS).map((each) => each.lane));
    for (let lane = 0; ; lane += 1) if (!taken.has(lane)) return lane;
  }

  function request(state) {
    const count = { ...state.count, requests: state.count.requests + 1 };
    // The environment that worked last is taken first: the others get the chance to go.
    const idle = living(state).filter((each) => each.phase === "idle").sort((a, b) => b.since - a.since || a.id - b.id)[0];
    if (idle) {
      const until = state.now + state.run;
      const worked = { ...idle, phase: "run", until, served: idle.served + 1, ran: idle.ran + state.run };
      return {
        ...state,
        environments: state.environments.map((each) => (each.id === idle.id ? worked : each)),
        blocks: [...state.blocks, { lane: idle.lane, kind: "run", from: state.now, to: until }],
        count: { ...count, warm: count.warm + 1 },
        paid: state.paid + state.run,
        slowest: Math.max(state.slowest, state.run),
        seen: { ...state.seen, served: Math.max(state.seen.served, worked.served) },
      };
    }
    const alive = living(state).length;
    if (alive >= state.limit) {
      return { ...state, count: { ...count, refused: count.refused + 1 }, refusals: [...state.refusals, state.now] };
    }
    const ready = state.now + INIT_MS;
    const until = ready + state.run;
    const lane = freeLane(state);
    const born = { id: state.born + 1, lane, phase: "init", from: state.now, ready, until, since: 0, served: 1, ran: state.run, waited: 0, end: null, old: false };
    return {
      ...state,
      born: born.id,
      environments: [...state.environments, born],
      blocks: [...state.blocks, { lane, kind: "init", from: state.now, to: ready }, { lane, kind: "run", from: ready, to: until }],
      count: { ...count, cold: count.cold + 1 },
      paid: state.paid + INIT_MS + state.run,
      slowest: Math.max(state.slowest, INIT_MS + state.run),
      seen: { ...state.seen, served: Math.max(state.seen.served, 1), together: Math.max(state.seen.together, alive + 1), coldAgain: state.seen.coldAgain || state.seen.allGone },
    };
  }

  function age(each, now) {
    if (each.phase === "gone") return each;
    if (each.phase === "init" && now >= each.ready) each = { ...each, phase: "run" };
    if (each.phase === "run" && now >= each.until) {
      each = each.old ? { ...each, phase: "gone", end: now } : { ...each, phase: "idle", since: each.until };
    }
    if (each.phase === "idle" && now - each.since >= IDLE_LIMIT_MS) each = { ...each, phase: "gone", end: now };
    return each;
  }

  function tick(state) {
    const now = state.now + TICK_MS;
    const waitedBefore = living(state).filter((each) => each.phase === "idle").length * TICK_MS;
    const had = state.environments.length > 0;
    const environments = state.environments.map((each) => age(each.phase === "idle" ? { ...each, waited: each.waited + TICK_MS } : each, now));
    let next = {
      ...state, now, environments,
      waited: state.waited + waitedBefore,
      blocks: state.blocks.filter((each) => each.to > now - WINDOW_MS),
      refusals: state.refusals.filter((each) => each > now - WINDOW_MS),
    };
    if (had && !living(next).length) next.seen = { ...next.seen, allGone: true };
    if (state.rate > 0) {
      const [drawn, seed] = random.next(next.seed);
      next.seed = seed;
      const arrivals = Math.floor((state.rate * TICK_MS) / 1000 + drawn);
      for (let each = 0; each < arrivals; each += 1) next = request(next);
    }
    return next;
  }

  function step(state, event) {
    switch (event.type) {
      case "tick": return tick(state);
      case "request": {
        let next = state;
        for (let each = 0; each < Math.min(event.count, 20); each += 1) next = request(next);
        return next;
      }
      case "rate": return { ...state, rate: event.value };
      case "run": return { ...state, run: event.value };
      case "limit": return { ...state, limit: Math.min(event.value, ENVIRONMENTS_MAX) };
      case "deploy": {
        // New code runs in new environments; those at work finish first.
        const environments = state.environments.map((each) => {
          if (each.phase === "idle") return { ...each, phase: "gone", end: state.now };
          return each.phase === "gone" ? each : { ...each, old: true };
        });
        const next = { ...state, environments };
        if (state.environments.length && !living(next).length) next.seen = { ...state.seen, allGone: true };
        return next;
      }
      default: return state;
    }
  }

  const tasks = [
    { id: "reuse", text: "Have one environment serve three requests.", done: (state) => state.seen.served >= 3 },
    { id: "together", text: "Bring four environments into being at once. What does that take?", done: (state) => state.seen.together >= 4 },
    { id: "again", text: "Let every environment go. Then see what the next request pays.", done: (state) => state.seen.coldAgain },
  ];

  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  function summary(state) {
    const alive = living(state);
    const number = (phase) => alive.filter((each) => each.phase === phase).length;
    const { requests, cold, warm, refused } = state.count;
    return `At ${seconds(state.now)}: ${alive.length} environment${alive.length === 1 ? "" : "s"} (${number("init")} in Init, ${number("run")} running, ${number("idle")} waiting). `
      + `${requests} request${requests === 1 ? "" : "s"}: ${cold} cold, ${warm} warm, ${refused} refused. `
      + (requests - refused > 0 ? `Slowest reply ${seconds(state.slowest)}. Paid for ${seconds(state.paid)}; ${seconds(state.waited)} of waiting cost nothing.` : "Nothing runs, and nothing is paid.");
  }
  const phases = { init: "Init", run: "running", idle: "waiting", gone: "gone" };
  function table(state) {
    return {
      columns: ["Environment", "Began at", "Invocations", "Ran", "Waited", "Now"],
      rows: state.environments.slice(-ENVIRONMENTS_MAX).map((each) => [`${each.id}`, seconds(each.from), `${each.served}`, seconds(each.ran), seconds(each.waited), phases[each.phase]]),
    };
  }

  // For the address: a letter an event, and its number.
  const letters = { request: "q", rate: "r", run: "d", limit: "l", deploy: "n" };
  const encode = (event) => letters[event.type] + (event.count ?? event.value ?? "");
  function decode(token) {
    const type = Object.keys(letters).find((each) => letters[each] === token[0]);
    const value = Number(token.slice(1));
    if (!type || !Number.isFinite(value) || value < 0 || value > 10_000) return null;
    return type === "request" ? { type, count: value } : type === "deploy" ? { type } : { type, value };
  }

  const model = { name: "cold-and-warm", TICK_MS, INIT_MS, IDLE_LIMIT_MS, ENVIRONMENTS_MAX, WINDOW_MS, initial, step, living, tasks, summary, table, encode, decode };
  (root.courseModels ||= {})["cold-and-warm"] = model;
  if (typeof module !== "undefined") module.exports = model;
})(globalThis);
