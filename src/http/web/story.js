// One call's or page's story in a dialog: what is known of it, and its timeline.

import { chatText, keyed, make, one, say, stamp, words } from "./dom.js";
import { Failure, ask } from "./net.js";
import { farOf, howOf } from "./rings.js";

const ALERTS = 20; // named in a page's story, those that go on first; the rest is counted

const dialog = one("#story");
const KINDS = {
  call: { title: "Call", door: "/api/calls/", facts: ofCall },
  page: { title: "Page", door: "/api/pages/", facts: ofPage },
};
let shown = { id: "", kind: KINDS.call };

/** Opens the story of a call, or of a page. */
export async function tellStory(id, kind = "call") {
  shown = { id, kind: KINDS[kind] };
  say(one("#story-title"), `${shown.kind.title} ${id}`);
  one("#story-facts").replaceChildren();
  one("#story-timeline").replaceChildren();
  if (!dialog.open) dialog.showModal();
  await refreshStory();
}

/** Asks again, if a story is open. */
export async function refreshStory() {
  if (!dialog.open) return;
  const asked = shown;
  let problem = "";
  try {
    const json = await ask("GET", asked.kind.door + encodeURIComponent(asked.id));
    if (asked === shown) paint(json, asked.kind.facts(json));
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    problem = failure.message;
  }
  say(one("#story-problem"), problem);
}

function paint(json, facts) {
  keyed(one("#story-facts"), facts.filter(([, value]) => value?.length), ([name]) => name, fact, (node, [, value]) => put(node.lastChild, value));
  const lines = (json.timeline ?? []).map((line, index) => ({ ...line, index }));
  keyed(one("#story-timeline"), lines, (line) => line.index, line, (node, entry) => {
    stamp(one("time", node), entry.at, true);
    say(one("b", node), words(entry.event));
    say(one("span", node), chatText(entry.detail));
  });
}

function ofCall(call) {
  const state = call.outcome ? `${words(call.state)}: ${words(call.outcome)}` : words(call.state);
  const legs = (call.legs ?? []).map((leg) => `${leg.person} ${words(leg.outcome ?? leg.state)}`);
  return [
    ["State", state],
    ["Caller", call.by],
    ["Callees", legs.join(", ")],
    ["Media", words(call.media)],
    ["Room", call.room],
    ["At the engine", call.engine_call_id],
  ];
}

function ofPage(page) {
  const rings = (page.rings ?? []).map((ring) => `${ring.person} ${howOf(ring)}`);
  const held = (page.holds ?? []).map((hold) => `${hold.person} ${howOf({ held: hold.until })}: rung ${hold.rule} already`);
  return [
    ["About", page.title],
    ["State", page.acknowledged_by ? `${page.state} by ${page.acknowledged_by}` : page.state],
    ["Policy", [page.policy, farOf(page)].filter(Boolean).join(", ")],
    ["From", page.source ?? page.by],
    ["Alerts", alertsOf(page)],
    ["Rung", rings.join(", ")],
    ["Held back", held.join("; ")],
  ];
}

/** Those that go on first; each with its labels, and as a link where it has one. */
function alertsOf({ alerts = [] }) {
  const firing = alerts.filter(({ state }) => state === "firing");
  const all = [...firing, ...alerts.filter(({ state }) => state !== "firing")];
  const shown = all.slice(0, ALERTS).map(({ title, state, labels, link }) => {
    const told = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
    return { text: `${title} (${state})`, more: told.join(", "), link: /^https?:\/\//i.test(link ?? "") ? link : "" };
  });
  const left = all.length - shown.length;
  return left > 0 ? [...shown, { text: `… and ${left} more`, more: "", link: "" }] : shown;
}

/** A text, or a list of them of which some are links. Data never becomes markup. */
function put(node, value) {
  if (typeof value === "string") return say(node, value);
  return keyed(node, value.map((entry, index) => ({ ...entry, index })), ({ index }) => index, () => {
    const item = make("p");
    item.append(make("span"), " ", make("span", "quiet"));
    return item;
  }, (item, { text, more, link }) => {
    const title = item.firstChild;
    if (link && title.firstChild?.getAttribute?.("href") !== link) {
      const anchor = make("a", "", text);
      Object.assign(anchor, { href: link, rel: "noreferrer noopener", target: "_blank" });
      title.replaceChildren(anchor);
    } else if (!link) say(title, text);
    else say(title.firstChild, text);
    say(item.lastChild, more);
  });
}

function fact([name]) {
  const node = make("div");
  node.append(make("dt", "", name), make("dd"));
  return node;
}

function line() {
  const node = make("li");
  node.append(make("time"), make("b"), make("span"));
  return node;
}

one("#story-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
