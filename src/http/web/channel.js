// The channel as people see it: cards with their buttons and threads, and between them what was said to this person alone.

import { button, chatText, copy, count, enable, keyed, make, one, say, show, stamp } from "./dom.js";
import { since } from "./calls.js";
import { Failure, ask } from "./net.js";
import { act, answer, look, me, paint } from "./receipts.js";
import { tellStory } from "./story.js";

const OPEN_THREADS = 3; // the newest threads start open, and those of live calls
const calls = new Map();

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
  for (const node of document.querySelectorAll(".card[data-id]")) badge(node, node.dataset.id, node.dataset.state);
}

function create(entry) {
  if (!entry.id) return note();
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

function note() {
  const node = make("p", "note");
  node.append(make("time", "at"), make("span", "alone", "only you"), make("span", "text"), make("span", "buttons"));
  return node;
}

const opener = ({ id, kind }) => {
  // A page's card in another place has the place's number behind the page's id.
  const link = button(id, "link id", () => tellStory(kind === "page" ? id.split(".")[0] : id, kind));
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
    buttons(node, { ...entry, id: entry.card });
    return say(one(".text", node), chatText(entry.text));
  }
  node.classList.toggle("deleted", Boolean(entry.deleted));
  const [headline, ...rest] = entry.deleted ? ["This message was deleted."] : chatText(entry.text).split("\n");
  say(one(".headline", node), headline);
  say(one(".body", node), rest.join("\n"));
  show(one(".body", node), rest.length > 0);
  if (entry.state) node.dataset.state = entry.state;
  badge(node, entry.id, entry.state);
  buttons(node, entry);
  thread(node, entry);
  return undefined;
}

function badge(node, id, state) {
  const place = one(".badge", node);
  show(place, Boolean(state));
  say(one(".badge-word", place), state === "connected" ? "in call" : (state ?? ""));
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
    await act("/press", { card: entry.id, button: label }, { where: entry.card ? "" : entry.id, echo: `${me.person} pressed ${label}` });
    enable(pressed, true);
  };
  keyed(place, labels, (label) => label, (label) => button(label, look(label), press), () => {});
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
