// How far a page and its rings are, in words.

import { when, words } from "./dom.js";

/** Where its chain is, or until when and why it does not begin. */
export function farOf(page) {
  if (page.held_until) return `nothing rings before ${when(page.held_until)}: ${page.why}`;
  // Before the first step whoever had it is rung, and stands beside.
  return page.step ? `step ${page.step}, round ${page.round}` : "";
}

/** Of each person the last ring, or the one that is kept back. */
export const rungOf = ({ rings = [], holds = [] }) => {
  const held = holds.map((hold) => ({ person: hold.person, held: hold.until, rule: hold.rule }));
  return latest([...rings, ...held]);
};

const latest = (rings) => Array.from(new Map(rings.map((ring) => [ring.person, ring])).values());

/** How far a ring is, behind its person. */
export function howOf({ held, rang_at: rang, answered_at: answered, outcome }) {
  if (held) return `held until ${when(held)}`;
  if (outcome) return words(outcome);
  return answered ? "in call" : rang ? "ringing" : "placed";
}
