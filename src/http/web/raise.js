// The sandbox's own sender: a button that raises a sample alert, and one that ends a page's. At the real door, as any
// sender does.

import { enable, one, say, show } from "./dom.js";
import { Failure, ask } from "./net.js";
import { showPages } from "./pages.js";

const SAMPLES = ["Checkout answers 5 % with errors", "db-1 has 2 % of its disk left", "No backup since yesterday"];

const raise = one("#raise");
const sources = new Map();

let samples = 0;

/** Remembers the sources. The button needs one that takes our own format. */
export function knowSources(all) {
  sources.clear();
  for (const source of all) sources.set(source.id, source);
  const source = generic();
  show(raise, Boolean(source));
  show(one("#raise-note"), Boolean(source));
  if (source) say(one("#raise-note"), `The button sends to ${source.door}, as the source ${source.id}: its policy is ${source.policy}.`);
}

const generic = () => Array.from(sources.values()).find(({ kind }) => kind === "generic");

/** Paints the pages, each with a button that ends its alerts if they are ours to end. */
export const showOurPages = (json) => showPages(json, dress);

function dress(node, page) {
  const resolve = one(".resolve", node);
  if (!node.page) {
    resolve.setAttribute("aria-label", `Resolve the alerts of page ${page.id}`);
    resolve.addEventListener("click", () => end(resolve, node.page));
  }
  node.page = page;
  show(resolve, sources.get(page.source)?.kind === "generic" && page.firing > 0);
}

/** Sends one body to the door; says what went wrong, if anything. */
async function send(pressed, source, body) {
  let problem = "";
  enable(pressed, false);
  try {
    await ask("POST", `${source.door}?key=${encodeURIComponent(source.key)}`, body);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    problem = failure.message;
  }
  enable(pressed, true);
  say(one("#raise-problem"), problem);
}

/** Ends every alert of a page, as its sender would. */
function end(pressed, page) {
  const over = page.alerts.filter(({ state }) => state === "firing");
  return send(pressed, sources.get(page.source), over.map(({ fingerprint }) => ({ key: fingerprint, status: "resolved" })));
}

raise.addEventListener("click", () => {
  samples += 1;
  const title = SAMPLES[samples % SAMPLES.length];
  // Another key each time: each is an alert of its own.
  const key = `sample-${Date.now().toString(36)}-${samples}`;
  return send(raise, generic(), { key, status: "firing", title, labels: { sample: String(samples) } });
});
