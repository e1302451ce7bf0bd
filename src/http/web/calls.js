// The table of live calls, as the sandbox and the status page show it.

import { copy, count, keyed, make, one, say, show, stamp, words } from "./dom.js";
import { tellStory } from "./story.js";

const ROWS = 100; // more than fit any screen; the rest is counted

/** Since when a call has been in its state. */
export function since(call) {
  if (call.since) return call.since;
  if (call.state === "connected") return call.answered_at ?? call.placed_at;
  return call.state === "ringing" ? (call.rang_at ?? call.placed_at) : call.placed_at;
}

/** Paints what `GET /api/calls` said. `dress(row, call)` adds to a new row what only this page has. */
export function showCalls({ calls = [], total = calls.length }, dress = () => {}) {
  const rows = calls.slice(0, ROWS);
  keyed(one("#map-rows"), rows, ({ id }) => id, (call) => create(call, dress), update);
  show(one("#map"), calls.length > 0);
  show(one("#map-empty"), calls.length === 0);
  const left = total - rows.length;
  const live = total === 1 ? "1 live call" : `${total} live calls`;
  say(one("#map-note"), calls.length ? live + (left ? `, ${left} not shown` : "") : "");
}

function create(call, dress) {
  const node = copy("t-row");
  const id = one(".id", node);
  id.textContent = call.id;
  id.setAttribute("aria-label", `Timeline of call ${call.id}`);
  id.addEventListener("click", () => tellStory(call.id));
  dress(node, call);
  return node;
}

function update(node, call) {
  node.dataset.state = call.state;
  say(one(".by", node), call.by);
  say(one(".media", node), words(call.media));
  say(one(".state", node), call.state === "connected" ? "in call" : words(call.state));
  const at = since(call);
  stamp(one(".clock", node), at);
  count(one(".since", node), at);
  keyed(one(".legs", node), call.legs ?? [], ({ person }) => person, leg, paintLeg);
}

function leg() {
  const node = make("span", "leg");
  node.append(make("b"), " ", make("span"));
  return node;
}

function paintLeg(node, { person, state, outcome }) {
  node.dataset.state = state;
  say(one("b", node), person);
  say(one("span", node), outcome ? words(outcome) : state === "connected" ? "in call" : words(state));
}
