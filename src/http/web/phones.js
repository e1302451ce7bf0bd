// The handsets: one a person, as if it lay on the table.

import { button, copy, count, enable, keyed, make, one, say, show, words } from "./dom.js";
import { Failure, ask } from "./net.js";

const TITLE = "Callout sandbox";

const SCREENS = {
  idle: ["Quiet", "Waits for a call."],
  in_call: ["In a call", ""],
  busy: ["Busy", "A call gets the busy tone."],
  offline: ["Offline", "A call does not reach it."],
};

/** What each key is called, how it looks and in which states it works. */
const KEYS = [
  ["answer", "Answer", "good", ({ state }) => state === "ringing"],
  ["decline", "Decline", "bad", ({ state }) => state === "ringing"],
  ["hangup", "Hang up", "bad", ({ state }) => state === "in_call"],
  ["ignore", "Ignore", "plain", ({ state, ignored }) => state === "ringing" && !ignored],
  ["busy", "Busy", "plain", ({ state }) => state === "idle"],
  ["offline", "Offline", "plain", ({ state }) => state !== "offline"],
  ["online", "Online", "plain", ({ state }) => state === "offline" || state === "busy"],
];

const MAIN_KEYS = 3;
const IN_VIEW = 0.5; // of a handset: its screen and its keys
let ringing = [];
let told = new Set();
const inView = new Set();
const watcher = new IntersectionObserver(look, { threshold: IN_VIEW });
let names = new Map();

/** Learns which account is whose. */
export function nameHandsets(people) {
  names = new Map(people.map(({ id, account }) => [account ?? id, id]));
}

const nameOf = ({ account }) => names.get(account) ?? account;

/** Paints what `GET /sandbox/handsets` said, and rings. */
export function showHandsets({ handsets = [], total = handsets.length }) {
  keyed(one("#handset-list"), handsets, ({ account }) => account, create, update);
  show(one("#handsets-empty"), handsets.length === 0);
  say(one("#handsets-note"), total > handsets.length ? `${handsets.length} of ${total} shown` : "one for each person");
  ring(handsets.filter(({ state }) => state === "ringing"));
}

function create(handset) {
  const node = copy("t-handset");
  node.id = `handset-${handset.account}`;
  node.dataset.account = handset.account;
  one(".push-text", node).after(make("p", "push-text hears"));
  KEYS.forEach(([verb, label, className], index) => {
    const key = button(label, className, () => press(node, handset.account, verb));
    key.dataset.verb = verb;
    one(index < MAIN_KEYS ? ".keys-main" : ".keys-more", node).append(key);
  });
  watcher.observe(node);
  return node;
}

function update(node, handset) {
  const { state } = handset;
  const name = nameOf(handset);
  if (node.dataset.state !== state) say(one(".problem", node), "");
  node.dataset.state = state;
  node.classList.toggle("ignored", Boolean(handset.ignored));
  node.setAttribute("aria-label", `Handset of ${name}, ${words(state)}`);
  say(one(".name", node), name);
  say(one(".state-word", node), handset.ignored && state === "ringing" ? "ringing, ignored" : words(state));
  count(one(".since", node), state === "ringing" || state === "in_call" ? handset.since : null);
  const [title, text] = screen(handset);
  say(one(".push-title", node), title);
  say(one(".push-text", node), text);
  const hears = one(".hears", node);
  say(hears, handset.hears ? `♪ plays: ${handset.hears}` : "");
  show(hears, Boolean(handset.hears));
  for (const [verb, label, , works] of KEYS) {
    const key = one(`[data-verb=${verb}]`, node);
    key.setAttribute("aria-label", `${label}, ${name}`);
    enable(key, works(handset));
  }
  flip(node, state);
}

/** The key that takes a handset away makes room for the one that brings it back: always three in the row. */
function flip(node, state) {
  const away = state === "offline" || state === "busy";
  for (const verb of ["busy", "offline"]) show(one(`[data-verb=${verb}]`, node), state !== verb);
  show(one("[data-verb=online]", node), away);
}

function screen({ state, title, text, media }) {
  const [own, hint] = SCREENS[state] ?? ["Incoming call", ""];
  if (state === "in_call") return [own, title || hint];
  if (state !== "ringing") return [own, hint];
  return [title || own, text || (media ? `${words(media)} call` : hint)];
}

async function press(node, account, verb) {
  say(one(".problem", node), "");
  try {
    await ask("POST", `/sandbox/handset/${encodeURIComponent(account)}/${verb}`);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    say(one(".problem", node), failure.message);
  }
}

/** Says once that a phone rings, and keeps the title and the strip up to date. */
function ring(handsets) {
  ringing = handsets;
  const fresh = handsets.filter(({ account }) => !told.has(account));
  told = new Set(handsets.map(({ account }) => account));
  const sentence = handsets.length ? `${listed(handsets.map(nameOf))} ${handsets.length > 1 ? "are" : "is"} ringing` : "";
  document.title = sentence ? `☎ ${sentence}` : TITLE;
  const strip = one("#ringing-now");
  show(strip, sentence !== "");
  say(strip, sentence ? `☎ ${sentence}` : "");
  lead(strip);
  if (fresh.length) say(one("#announce"), `${listed(fresh.map(nameOf))}: phone rings. ${screen(fresh[0]).join(". ")}`);
  else if (!handsets.length) say(one("#announce"), "");
}

/** Which handsets are on the screen now. */
function look(entries) {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) inView.add(target.dataset.account);
    else inView.delete(target.dataset.account);
  }
  lead(one("#ringing-now"));
}

/** The strip leads to a phone that rings, first to one that was scrolled away: a wide screen shows it only then. */
function lead(strip) {
  const away = ringing.find(({ account }) => !inView.has(account));
  const to = away ?? ringing[0];
  if (to) strip.setAttribute("href", `#handset-${encodeURIComponent(to.account)}`);
  strip.dataset.away = String(Boolean(away));
}

function listed(all) {
  if (all.length > 3) return `${all.length} phones`;
  return all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
