// The status page: open pages, live calls and whether everything works, for as long as the session lasts.

import { showCalls } from "./calls.js";
import { one, say, show } from "./dom.js";
import { listen, resource } from "./net.js";
import { ROWS, showPages } from "./pages.js";
import { refreshStory } from "./story.js";

const RETRY_MS = 2_000; // an error that was answered is tried again after this

let line;

function banner(text) {
  const node = one("#banner");
  node.dataset.kind = "bad";
  say(node, text);
  show(node, text !== "");
}

/** A session that is over shows the form again; anything else is said and tried again. */
function report(again) {
  return (failure) => {
    if (!failure) return banner("");
    if (failure.status === 401) return location.reload();
    if (failure.status === 0) return line.lost();
    setTimeout(again, RETRY_MS);
    return banner(`${failure.message} Trying again…`);
  };
}

const refresh = {
  pages: resource(
    () => `/api/pages?limit=${ROWS}`,
    (json) => {
      showPages(json);
      refreshStory();
    },
    report(() => refresh.pages()),
  ),
  calls: resource(
    () => "/api/calls",
    (json) => {
      showCalls(json);
      refreshStory();
    },
    report(() => refresh.calls()),
  ),
};

/** What `/readyz` says, in one line. It answers 503 with the same body when something is wrong. */
async function health() {
  try {
    const response = await fetch("/readyz", { cache: "no-store" });
    const { ready, parts } = await response.json();
    const wrong = Object.entries(parts).filter(([, said]) => said !== "ok");
    say(one("#health"), ready ? "Everything works." : wrong.map(([name, said]) => `${name}: ${said}`).join(" · "));
  } catch {
    say(one("#health"), "");
  }
}

function connected(up) {
  document.documentElement.dataset.line = up ? "up" : "lost";
  banner(up ? "" : "Connection lost. Trying again…");
  if (up) {
    refresh.pages();
    refresh.calls();
    health();
  }
}

line = listen("/events", ["calls", "pages"], { changed: (name) => refresh[name](), connected });
setInterval(health, 15_000);
document.documentElement.dataset.ready = "yes";
