// A seeded generator whose state is a plain number, so that it can be part of a simulator's state (mulberry32).
"use strict";

(function (root) {
  // next(seed) -> [number in 0..1, next seed]
  function next(seed) {
    const grown = (seed + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(grown ^ (grown >>> 15), grown | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return [((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296, grown];
  }
  const random = { next };
  root.courseRandom = random;
  if (typeof module !== "undefined") module.exports = random;
})(globalThis);
