// The sandbox page: brings the parts together, keeps them current, and says so when it cannot.

import { countFrom, followPages, showChannel } from "./channel.js";
import { knowCalls, knowPages, knowPlans, showPeople, startDesk } from "./desk.js";
import { one, say, show } from "./dom.js";
import { showMap } from "./map.js";
import { listen, resource } from "./net.js";
import { nameHandsets, showHandsets } from "./phones.js";
import { ROWS } from "./pages.js";
import { knowSources, showOurPages } from "./raise.js";
import { me } from "./receipts.js";
import { refreshStory } from "./story.js";

const BACK_MS = 2_500; // how long "Connected again." stays
const RETRY_MS = 2_000; // an error that was answered is tried again after this
const LIVE = ["channel", "handsets", "calls", "pages"];

let line;
let wasUp = true;
let back = false;
let fault = "";
const troubles = new Map();

addEventListener("error", (event) => broken(event.message));
addEventListener("unhandledrejection", (event) => broken(event.reason?.message ?? String(event.reason)));

function broken(message) {
  fault = message;
  paintBanner();
}

/** The one line at the top; the worst comes first, and with nothing to say it is not there. */
function paintBanner() {
  const banner = one("#banner");
  const [trouble] = troubles.values();
  const bad = (!wasUp && "Connection lost. Trying again…") || (fault && `This page has a fault: ${fault}. Please load it again.`);
  const text = bad || (trouble && `${trouble} Trying again…`) || (back ? "Connected again." : "");
  banner.dataset.kind = bad || trouble ? "bad" : "good";
  say(banner, text);
  show(banner, text !== "");
}

/** Without any answer the connection is gone; an answer that is an error is said as it is, and tried again. */
function report(name) {
  return (failure) => {
    if (failure && failure.status === 0) return line.lost();
    if (failure) {
      troubles.set(name, failure.message);
      setTimeout(() => refresh[name](), RETRY_MS);
    } else if (!troubles.delete(name)) return undefined;
    return paintBanner();
  };
}

const channelOf = () => `/sandbox/channel?person=${encodeURIComponent(me.person)}`;
const keep = (name, path, apply) => resource(path, apply, report(name));

const refresh = {
  people: keep("people", () => "/sandbox/people", ({ people = [], schedules = [], policies = [], sources = [] }) => {
    nameHandsets(people);
    showPeople(people);
    knowPlans(schedules, policies);
    knowSources(sources);
    LIVE.forEach((name) => refresh[name]());
  }),
  channel: keep("channel", channelOf, showChannel),
  handsets: keep("handsets", () => "/sandbox/handsets", showHandsets),
  pages: keep("pages", () => `/api/pages?limit=${ROWS}`, (json) => {
    knowPages(json.pages ?? []);
    showOurPages(json);
    followPages(json);
    refreshStory();
  }),
  calls: keep("calls", () => "/api/calls", (json) => {
    knowCalls(json.calls ?? []);
    showMap(json);
    countFrom(json.calls ?? []);
    refreshStory();
  }),
};

/** The line came or went. When it comes everything is asked again, people first. */
function connected(up) {
  document.documentElement.dataset.line = up ? "up" : "lost";
  if (up) refresh.people();
  if (up && !wasUp) {
    back = true;
    setTimeout(() => {
      back = false;
      paintBanner();
    }, BACK_MS);
  }
  wasUp = up;
  paintBanner();
}

startDesk(() => refresh.channel());
const changed = (name) => refresh[name]();

line = listen("/sandbox/events", LIVE, { changed, connected });
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) LIVE.forEach(changed);
});
document.documentElement.dataset.ready = "yes";
