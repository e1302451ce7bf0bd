// The channel as people see it: cards with their buttons and threads, and between them what was said to this person alone.

import { button, chatText, copy, count, enable, keyed, make, one, say, show, stamp } from "./dom.js";
import { since } from "./calls.js";
import { Failure, ask } from "./net.js";
import { act, answer, look, me, paint } from "./receipts.js";
import { tellStory } from "./story.js";

const OPEN_THREADS = 3; // the newest threads start open, and those of live calls
const calls = new Map();
let pages = new Map(); // the open ones
let knowsAllPages = false;

/** Paints what `GET /sandbox/channel` said; the newest first. */
export function showChannel({ cards = [], notes = [], more = 0 }) {
  const entries = [...cards.map(asCard), ...notes.map(asNote)];
  entries.sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || b.turn - a.turn);
  entries.forEach((entry, rank) => (entry.rank = rank));
  keyed(one("#messages"), entries, (entry) => entry.key, create, update);
  show(one("#channel-empty"), entries.length === 0);
  show(one("#channel-more"), more > 0);
  say(one("#channel-more"), more === 1 ? "1 older message is not shown." : `${more} older messages are not shown.`);
  paint();
}

const asCard = (card, turn) => ({ ...card, key: `card ${card.id}`, turn, at: card.at ?? card.thread?.[0]?.at ?? "" });
const asNote = (note, turn) => ({ ...note, key: `note ${note.at} ${note.text}`, turn });

/** Lets the cards count from the live calls' instants. */
export function countFrom(live) {
  calls.clear();
  for (const call of live) calls.set(call.id, call);
  for (const node of document.querySelectorAll(".card[data-id]")) badge(node, node.dataset.id, node.dataset.said);
}

/** Lets the cards of open pages say how far those are; what is not among them is over. */
export function followPages({ pages: open = [], total = open.length }) {
  pages = new Map(open.map((page) => [page.id, page]));
  knowsAllPages = open.length === total;
  for (const node of document.querySelectorAll(".card[data-id]")) badge(node, node.dataset.id, node.dataset.said);
  for (const node of document.querySelectorAll(".note[data-page]")) show(one(".buttons", node), !isOver(node.dataset.page));
}

/** A page's card in another place has the place's number behind the page's id. */
const pageOf = (id) => id.split(".")[0];
const isOver = (page) => knowsAllPages && !pages.has(page);

function create(entry) {
  if (!entry.id) return note(entry);
  const node = copy("t-card");
  const { id } = entry;
  node.dataset.id = id;
  node.setAttribute("aria-label", entry.kind === "board" ? "Board" : `Card of ${entry.kind} ${id}`);
  one(".receipts", node).dataset.where = id;
  one(".thread", node).open = entry.state ? entry.state !== "ended" || entry.rank < OPEN_THREADS : entry.rank < OPEN_THREADS;
  const input = one(".say input", node);
  input.setAttribute("aria-label", "Say in this thread");
  input.placeholder = entry.kind === "page" ? "ack" : "hangup";
  one(".say", node).addEventListener("submit", (event) => speak(event, id, input));
  one(".foot", node).append(entry.kind === "board" ? remover(id) : opener(entry));
  return node;
}

function note(entry) {
  const node = make("div", "note");
  const answers = make("div", "receipts");
  answers.setAttribute("role", "status");
  answers.setAttribute("aria-label", "Answers about this message");
  answers.tabIndex = -1;
  answers.dataset.where = entry.key;
  // Only what is of a page has a `p` and no `_`: other messages' buttons are questions of their own.
  if (/^p[^_]*$/.test(entry.card ?? "")) node.dataset.page = pageOf(entry.card);
  node.append(make("time", "at"), make("span", "alone", "only you"), make("p", "text"), make("div", "buttons"), answers);
  return node;
}

const opener = ({ id, kind }) => {
  const link = button(id, "link id", () => tellStory(kind === "page" ? pageOf(id) : id, kind));
  link.setAttribute("aria-label", `Timeline of ${kind} ${id}`);
  return link;
};

const remover = (id) => {
  const link = button("delete", "link", () => remove(id));
  link.title = "Delete the message, as anybody can in a chat";
  return link;
};

function update(node, entry) {
  stamp(one(".at", node), entry.at);
  if (!entry.id) {
    const over = node.dataset.page && isOver(node.dataset.page);
    const kind = node.dataset.page ? "page" : "message";
    buttons(node, { ...entry, id: entry.card, kind, deleted: over, where: entry.key });
    return say(one(".text", node), chatText(entry.text));
  }
  node.classList.toggle("deleted", Boolean(entry.deleted));
  const [headline, ...rest] = entry.deleted ? ["This message was deleted."] : chatText(entry.text).split("\n");
  say(one(".headline", node), headline);
  say(one(".body", node), rest.join("\n"));
  show(one(".body", node), rest.length > 0);
  node.dataset.said = entry.state ?? "";
  badge(node, entry.id, node.dataset.said);
  buttons(node, entry);
  thread(node, entry);
  return undefined;
}

/** What a card's state is: the call's as the chat was told, or an open page's as it is now. */
function badge(node, id, said) {
  const page = said === "ended" ? undefined : pages.get(pageOf(id));
  const state = page?.state ?? said;
  if (state) node.dataset.state = state;
  const place = one(".badge", node);
  show(place, Boolean(state));
  const word = page?.acknowledged_by ? `${page.acknowledged_by} has it` : state;
  say(one(".badge-word", place), word === "connected" ? "in call" : word);
  const call = calls.get(id);
  count(one(".since", place), call && state !== "ended" ? since(call) : null);
}

function buttons(node, entry) {
  const labels = entry.deleted ? [] : (entry.buttons ?? []);
  const place = one(".buttons", node);
  const press = async (event) => {
    const pressed = event.currentTarget;
    const label = pressed.textContent;
    enable(pressed, false);
    await act("/press", { card: entry.id, button: label }, { where: entry.where ?? entry.id, echo: `${me.person} pressed ${label}` });
    enable(pressed, true);
  };
  const create = (label) => {
    const made = button(label, look(label), press);
    made.setAttribute("aria-label", `${label}, ${entry.kind} ${entry.id}`);
    return made;
  };
  keyed(place, labels, (label) => label, create, () => {});
  show(place, labels.length > 0);
}

function thread(node, entry) {
  const lines = (entry.thread ?? []).map((line, index) => ({ ...line, index }));
  show(one(".thread", node), entry.kind !== "board" && !entry.deleted);
  say(one("summary", node), `Thread · ${lines.length === 1 ? "1 line" : `${lines.length} lines`}`);
  keyed(one(".lines", node), lines, (line) => line.index, threadLine, (item, line) => {
    stamp(one("time", item), line.at);
    say(one("span", item), chatText(line.text));
  });
}

function threadLine() {
  const item = make("li");
  item.append(make("time"), " ", make("span"));
  return item;
}

async function speak(event, card, input) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  const taken = await act("/say", { card, text }, { where: card, echo: `${me.person}: ${text}` });
  if (taken && input.value.trim() === text) input.value = "";
}

async function remove(id) {
  try {
    await ask("DELETE", `/sandbox/channel/${encodeURIComponent(id)}`);
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    answer({ where: id, echo: "delete", receipt: { text: failure.message }, problem: true });
  }
}
