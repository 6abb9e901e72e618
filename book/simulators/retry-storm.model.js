// A retry storm: callers that try again, and a service that pays for refusing them.
// A model, not AWS: ten times a second the service has four units of work; a request that gets done takes one, one that is
// refused a quarter. So a crowd can keep it busy with saying no.
"use strict";

(function (root) {
  const random = root.courseRandom || (typeof require !== "undefined" ? require("./random.js") : null);

  const TICK_MS = 100;
  const CAPACITY = 4;
  const REFUSAL_COST = 0.25;
  const REPLY_LOST = 0.08;
  const ATTEMPTS_MAX = 8;
  const BASE_MS = 400;
  const CAP_MS = 8000;
  const FIXED_MS = 1000;
  const BURST = 60;
  const HISTORY = 150;
  const POLICIES = ["none", "now", "fixed", "backoff", "jitter"];

  function initial(seed = 11) {
    return {
      seed, now: 0, policy: "now", keys: false, down: false, steady: true, burst: 0, born: 0,
      waiting: [], history: [], second: [],
      total: { requests: 0, attempts: 0, done: 0, gaveUp: 0, lost: 0, doubled: 0, refused: 0 },
      crowd: { left: 0, gaveUp: 0 },
      seen: { stuck: 0, standstill: false, crowdThrough: false, doubled: false, lostClean: 0, clean: false },
    };
  }

  // How many of `attempts` the service gets done, when the rest must be refused out of the same work.
  function served(attempts) {
    if (attempts <= CAPACITY) return attempts;
    return Math.max(0, Math.floor((CAPACITY - REFUSAL_COST * attempts) / (1 - REFUSAL_COST)));
  }

  // The wait before the next attempt, after `attempts` of them; `drawn` is in 0..1.
  function delay(policy, attempts, drawn) {
    const doubled = Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1));
    switch (policy) {
      case "now": return 0;
      case "fixed": return FIXED_MS;
      case "backoff": return doubled;
      default: return drawn * doubled;
    }
  }

  function tick(state) {
    const now = state.now + TICK_MS;
    let seed = state.seed;
    const draw = () => {
      const [value, next] = random.next(seed);
      seed = next;
      return value;
    };
    let born = state.born;
    const total = { ...state.total };
    const crowd = { ...state.crowd };
    const seen = { ...state.seen };

    const fresh = [];
    const arrivals = (state.steady ? Math.floor(draw() * 3) : 0) + state.burst;
    for (let each = 0; each < arrivals; each += 1) fresh.push({ id: (born += 1), attempts: 0, effects: 0, due: now, crowd: each < state.burst });
    crowd.left += state.burst;
    if (state.burst) crowd.gaveUp = state.crowd.left ? state.crowd.gaveUp : 0;
    total.requests += arrivals;

    const due = state.waiting.filter((each) => each.due <= now);
    const later = state.waiting.filter((each) => each.due > now);
    const attempts = [...fresh, ...due];
    // Who comes first is chance.
    for (let place = attempts.length - 1; place > 0; place -= 1) {
      const other = Math.floor(draw() * (place + 1));
      [attempts[place], attempts[other]] = [attempts[other], attempts[place]];
    }
    const able = state.down ? 0 : served(attempts.length);
    const row = { at: now, fresh: fresh.length, retries: due.length, done: 0, refused: 0, lost: 0, doubled: 0, gaveUp: 0, down: state.down, waiting: 0 };
    total.attempts += attempts.length;

    attempts.forEach((each, place) => {
      each = { ...each, attempts: each.attempts + 1 };
      let answered = false;
      if (place < able) {
        if (each.effects === 0 || !state.keys) {
          each.effects += 1;
          if (each.effects > 1) { row.doubled += 1; seen.doubled = true; seen.lostClean = 0; }
        }
        answered = draw() >= REPLY_LOST;
        if (!answered) { row.lost += 1; seen.lostClean += 1; }
      } else {
        row.refused += 1;
      }
      if (answered) {
        row.done += 1;
        if (each.crowd) crowd.left -= 1;
      } else if (state.policy === "none" || each.attempts >= ATTEMPTS_MAX) {
        row.gaveUp += 1;
        if (each.crowd) { crowd.left -= 1; crowd.gaveUp += 1; }
      } else {
        each.due = now + Math.max(TICK_MS, delay(state.policy, each.attempts, draw()));
        later.push(each);
      }
    });
    row.waiting = later.length;
    for (const key of ["done", "refused", "lost", "doubled", "gaveUp"]) total[key] += row[key];

    seen.stuck = !state.down && attempts.length > 0 && able === 0 ? state.seen.stuck + 1 : 0;
    seen.standstill ||= seen.stuck >= 5;
    seen.crowdThrough ||= state.crowd.left > 0 && crowd.left === 0 && crowd.gaveUp === 0;
    seen.clean ||= seen.doubled && seen.lostClean >= 10;
    return { ...state, now, seed, born, burst: 0, waiting: later, total, crowd, seen, history: [...state.history.slice(-(HISTORY - 1)), row] };
  }

  function step(state, event) {
    switch (event.type) {
      case "tick": return tick(state);
      case "burst": return { ...state, burst: Math.min(state.burst + BURST, 4 * BURST) };
      case "policy": return POLICIES[event.value] ? { ...state, policy: POLICIES[event.value] } : state;
      case "keys": return { ...state, keys: event.value === 1, seen: { ...state.seen, lostClean: 0 } };
      case "down": return { ...state, down: event.value === 1 };
      default: return state;
    }
  }

  const tasks = [
    { id: "standstill", text: "Bring the service to a standstill without stopping it: for half a second attempts arrive and none gets done.", done: (state) => state.seen.standstill },
    { id: "crowd", text: "Get a crowd of sixty through, with nobody giving up.", done: (state) => state.seen.crowdThrough },
    { id: "once", text: "See something done twice. Then lose ten replies with nothing done twice.", done: (state) => state.seen.clean },
  ];

  function summary(state) {
    const last = state.history.at(-1);
    const { requests, attempts, done, gaveUp, lost, doubled } = state.total;
    return `At ${(state.now / 1000).toFixed(1)} s: ${requests} requests took ${attempts} attempts${requests ? ` (${(attempts / requests).toFixed(1)} each)` : ""}. `
      + `${done} were answered, ${gaveUp} gave up, ${state.waiting.length} wait to try again. `
      + `${lost} replies were lost on the way; ${doubled} times something was done that had been done before. `
      + (state.down ? "The service is stopped." : last && last.done === 0 && last.fresh + last.retries > 0 ? "The service does nothing but refuse." : "The service works.");
  }
  function table(state) {
    const rows = [];
    for (let from = 0; from < state.history.length; from += 10) {
      const part = state.history.slice(from, from + 10);
      const sum = (key) => part.reduce((all, each) => all + each[key], 0);
      rows.push([`${(part[0].at / 1000 - 0.1).toFixed(1)} s`, sum("fresh"), sum("retries"), sum("done"), sum("refused"), sum("lost"), sum("doubled"), sum("gaveUp"), part.at(-1).waiting].map(String));
    }
    return { columns: ["Second from", "New", "Retries", "Answered", "Refused", "Reply lost", "Done twice", "Gave up", "Waiting"], rows };
  }

  const letters = { burst: "b", policy: "p", keys: "k", down: "d" };
  const encode = (event) => letters[event.type] + (event.value ?? "");
  function decode(token) {
    const type = Object.keys(letters).find((each) => letters[each] === token[0]);
    const value = Number(token.slice(1));
    if (!type || !Number.isInteger(value) || value < 0 || value >= POLICIES.length) return null;
    return type === "burst" ? { type } : { type, value };
  }

  const model = { name: "retry-storm", TICK_MS, CAPACITY, REFUSAL_COST, ATTEMPTS_MAX, BASE_MS, CAP_MS, BURST, HISTORY, POLICIES, initial, step, served, delay, tasks, summary, table, encode, decode };
  (root.courseModels ||= {})["retry-storm"] = model;
  if (typeof module !== "undefined") module.exports = model;
})(globalThis);
