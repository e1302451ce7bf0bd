// Helpers for the page. Data never becomes markup: it enters through textContent and attributes alone.

/** The first element that matches. */
export const one = (selector, root = document) => root.querySelector(selector);

/** An element with a class and text. */
export function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

/** A button that does `act` when pressed. */
export function button(label, className, act) {
  const node = make("button", className, label);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

/** A copy of a template's only element. */
export const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Writes text only when it differs, so that live regions and selections stay calm. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows or hides. */
export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** Moves the focus to the nearest thing around `node` that can hold it. */
function passFocus(node) {
  node.parentElement?.closest("[tabindex]")?.focus({ preventScroll: true });
}

/** Enables or disables without dropping the keyboard user on the floor. */
export function enable(node, enabled) {
  if (node.disabled !== enabled) return;
  const focused = document.activeElement === node;
  node.disabled = !enabled;
  if (focused && !enabled) passFocus(node);
}

/**
 * Makes the children of `parent` follow `items`: known ones are updated where they stand, so that focus, caret,
 * scroll and open parts survive; what is gone leaves first, so that nothing that stays is moved.
 */
export function keyed(parent, items, key, create, update) {
  const known = new Map(Array.from(parent.children, (child) => [child.dataset.key, child]));
  const wanted = new Set(items.map((item) => String(key(item))));
  for (const [name, child] of known) {
    if (wanted.has(name)) continue;
    const focused = child.contains(document.activeElement);
    if (focused) passFocus(child);
    child.remove();
  }
  let next = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const node = known.get(name) ?? create(item);
    node.dataset.key = name;
    update(node, item);
    if (node === next) next = next.nextElementSibling;
    else parent.insertBefore(node, next);
  }
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/**
 * Text of the chat as people read it. The server escapes exactly these three, as Slack wants it, and a chat client
 * decodes exactly these three, in one pass: `&amp;lt;` is shown as `&lt;`.
 */
export const chatText = (text) => String(text ?? "").replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]);

let skew = 0;

/** Learns the server's clock from an answer; less than 2 s apart counts as the same. */
export function learnClock(date) {
  const apart = Date.parse(date) - Date.now();
  skew = Number.isFinite(apart) && Math.abs(apart) > 2000 ? apart : 0;
}

/** `0:12`, `1:02:03`. */
function elapsed(since) {
  const total = Math.max(0, Math.floor((Date.now() + skew - Date.parse(since)) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** Has `node` count up from `since` (RFC 3339), or be empty. */
export function count(node, since) {
  const known = since && Number.isFinite(Date.parse(since));
  if (known) node.dataset.since = since;
  else delete node.dataset.since;
  say(node, known ? elapsed(since) : "");
}

setInterval(() => {
  for (const node of document.querySelectorAll("[data-since]")) say(node, elapsed(node.dataset.since));
}, 1000);

/** The time of day, local; with milliseconds for a timeline. */
export function clock(at, millis = false) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const exact = millis ? { fractionalSecondDigits: 3 } : {};
  return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", ...exact });
}

/** The same with the day, when that is not today's. */
export function when(at) {
  const [date, today] = [new Date(at), new Date(Date.now() + skew)];
  if (date.toDateString() === today.toDateString()) return clock(at);
  return `${date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" })}, ${clock(at)}`;
}

/** Fills a `<time>`. */
export function stamp(node, at, millis = false) {
  node.dateTime = at ?? "";
  node.title = at ?? "";
  say(node, clock(at, millis));
}

/** `in_call` and `NoAnswer` as people say it. */
export const words = (name) => String(name ?? "").replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();

/** What this tab remembers through a reload. A browser that forbids it just forgets. */
export const memory = {
  get(name, otherwise) {
    try {
      return JSON.parse(sessionStorage.getItem(`callout.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      sessionStorage.setItem(`callout.${name}`, JSON.stringify(value));
    } catch {
      // Nothing depends on it.
    }
  },
};
