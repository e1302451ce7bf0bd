// One call's story in a dialog: what is known of it, and its timeline.

import { chatText, keyed, make, one, say, stamp, words } from "./dom.js";
import { Failure, ask } from "./net.js";

const dialog = one("#story");
let shown = "";

/** Opens the story of a call. */
export async function tellStory(id) {
  shown = id;
  say(one("#story-title"), `Call ${id}`);
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
    const call = await ask("GET", `/api/calls/${encodeURIComponent(asked)}`);
    if (asked === shown) paint(call);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    problem = failure.message;
  }
  say(one("#story-problem"), problem);
}

function paint(call) {
  keyed(one("#story-facts"), facts(call), ([name]) => name, fact, (node, [, value]) => say(node.lastChild, value));
  const lines = (call.timeline ?? []).map((line, index) => ({ ...line, index }));
  keyed(one("#story-timeline"), lines, (line) => line.index, line, (node, entry) => {
    stamp(one("time", node), entry.at, true);
    say(one("b", node), words(entry.event));
    say(one("span", node), chatText(entry.detail));
  });
}

function facts(call) {
  const state = call.outcome ? `${words(call.state)}: ${words(call.outcome)}` : words(call.state);
  const legs = (call.legs ?? []).map((leg) => `${leg.person} ${words(leg.outcome ?? leg.state)}`);
  const all = [
    ["State", state],
    ["Caller", call.by],
    ["Callees", legs.join(", ")],
    ["Media", words(call.media)],
    ["Room", call.room],
    ["At the engine", call.engine_call_id],
  ];
  return all.filter(([, value]) => value);
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
