// The live map: every call that has not ended.

import { copy, count, enable, keyed, make, one, say, show, stamp, words } from "./dom.js";
import { since } from "./channel.js";
import { act } from "./receipts.js";
import { tellStory } from "./story.js";

const ROWS = 100; // more than fit any screen; the rest is counted

/** Paints what `GET /api/calls` said. */
export function showMap({ calls = [] }) {
  const rows = calls.slice(0, ROWS);
  keyed(one("#map-rows"), rows, ({ id }) => id, create, update);
  show(one("#map"), calls.length > 0);
  show(one("#map-empty"), calls.length === 0);
  const left = calls.length - rows.length;
  const live = calls.length === 1 ? "1 live call" : `${calls.length} live calls`;
  say(one("#map-note"), calls.length ? live + (left ? `, ${left} not shown` : "") : "");
}

function create(call) {
  const node = copy("t-row");
  const id = one(".id", node);
  id.textContent = call.id;
  id.setAttribute("aria-label", `Timeline of call ${call.id}`);
  id.addEventListener("click", () => tellStory(call.id));
  const hangUp = one(".hang-up", node);
  hangUp.setAttribute("aria-label", `Hang up call ${call.id}`);
  hangUp.addEventListener("click", () => end(hangUp, call.id));
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

async function end(hangUp, id) {
  const text = `/calls hangup ${id}`;
  enable(hangUp, false);
  await act("", { text }, { where: "map", echo: text });
  enable(hangUp, true);
}
