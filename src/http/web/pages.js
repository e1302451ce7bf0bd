// The table of open pages, as the sandbox and the status page show it.

import { copy, count, keyed, make, one, say, show, when } from "./dom.js";
import { farOf, howOf, rungOf } from "./rings.js";
import { tellStory } from "./story.js";

export const ROWS = 100; // more than fit any screen; the rest is counted

/** Paints what `GET /api/pages` said. `dress(row, page)` does to a row what only this page has. */
export function showPages({ pages = [], total = pages.length }, dress = () => {}) {
  const rows = pages.slice(0, ROWS);
  keyed(one("#pages-rows"), rows, ({ id }) => id, create, (node, page) => {
    update(node, page);
    dress(node, page);
  });
  show(one("#pages"), pages.length > 0);
  show(one("#pages-empty"), pages.length === 0);
  const left = total - rows.length;
  const open = total === 1 ? "1 open page" : `${total} open pages`;
  say(one("#pages-note"), total ? open + (left ? `, ${left} not shown` : "") : "");
}

function create(page) {
  const node = copy("t-page-row");
  const id = one(".id", node);
  id.textContent = page.id;
  id.setAttribute("aria-label", `Timeline of page ${page.id}`);
  id.addEventListener("click", () => tellStory(page.id, "page"));
  return node;
}

function update(node, page) {
  node.dataset.state = page.state;
  say(one(".about", node), page.title);
  const alerts = page.alerts_total === 1 ? "1 alert" : `${page.alerts_total} alerts`;
  say(one(".alerts", node), page.alerts_total ? `${alerts}, ${page.firing} firing` : "");
  say(one(".policy", node), page.policy);
  say(one(".state", node), page.acknowledged_by ? `${page.acknowledged_by} has it` : page.state);
  node.dataset.held = String(Boolean(page.held_until));
  say(one(".step", node), farOf(page));
  const clock = one(".clock", node);
  clock.dateTime = page.opened_at;
  say(clock, when(page.opened_at));
  count(one(".since", node), page.opened_at);
  keyed(one(".legs", node), rungOf(page), ({ person }) => person, leg, paintLeg);
}

function leg() {
  const node = make("span", "leg");
  node.append(make("b"), " ", make("span"));
  return node;
}

function paintLeg(node, { held, ...ring }) {
  const { person, rang_at: rang, answered_at: answered, outcome } = ring;
  node.dataset.state = held ? "held" : outcome ? "ended" : answered ? "connected" : rang ? "ringing" : "placed";
  node.title = held ? `rung ${ring.rule} already` : "";
  say(one("b", node), person);
  say(one("span", node), howOf({ held, ...ring }));
}
