// The desk: who I am, and the command box with its completion and history.

import { make, memory, one, show } from "./dom.js";
import { complete } from "./complete.js";
import { act, me, paint } from "./receipts.js";

const REMEMBERED = 50;
const OFFERED = 9; // completions at once: every command there is

/** Somebody whom the file does not list: the way to try what a stranger sees. */
const GUEST = "guest";

const box = one("#command");
const list = one("#options");
const picker = one("#person");
const send = one("#compose button");

/** What completion draws from. */
const known = { people: [], calls: [], pages: [], schedules: [], policies: [] };

let options = [];
let chosen = -1;
let past = memory.get("history", []);
let back = -1; // how many commands back the box shows; -1 is the draft
let draft = "";

/** Fills the picker; keeps who was picked, also through a reload. */
export function showPeople(people) {
  if (JSON.stringify(people) === JSON.stringify(known.people)) return;
  known.people = people;
  const listed = people.map(({ id, admin }) => new Option(admin ? `${id} (admin)` : id, id));
  const isTaken = people.some(({ id }) => id === GUEST);
  picker.replaceChildren(...listed, ...(isTaken ? [] : [new Option(`${GUEST} (not listed)`, GUEST)]));
  if (me.person !== GUEST && !people.some(({ id }) => id === me.person)) me.person = people[0]?.id ?? "";
  picker.value = me.person;
  picker.disabled = people.length === 0;
  showExamples();
}

/** Remembers schedules and policies, whose ids can be completed. */
export function knowPlans(schedules, policies) {
  known.schedules = schedules;
  known.policies = policies;
  showExamples();
}

/** Remembers the open pages, whose ids can be completed. */
export function knowPages(pages) {
  known.pages = pages;
}

/** Remembers the live calls, whose ids can be completed. */
export function knowCalls(calls) {
  known.calls = calls;
}

/** What the page's head offers to try: a call, and a page of whoever is on call. */
const examples = {
  "#example": () => `/call ${(known.people.find(({ id }) => id !== me.person) ?? known.people[0])?.id ?? "jack"} video`,
  "#example-page": () => `/page ${known.policies[0] ?? known.people[0]?.id ?? "jack"} db is down`,
};

function showExamples() {
  for (const [name, example] of Object.entries(examples)) one(`${name} code`).textContent = example();
}

function write(text) {
  box.value = text;
  box.setSelectionRange(text.length, text.length);
  memory.set("draft", text);
}

/** Shows what could stand next, when the caret is at the end. */
function suggest() {
  const atEnd = box.selectionStart === box.value.length;
  const found = atEnd ? complete(box.value, known) : { options: [] };
  options = found.options.slice(0, OFFERED);
  chosen = -1;
  list.replaceChildren(...options.map(option));
  mark();
}

function option([text, hint], index) {
  const node = make("li");
  node.id = `option-${index}`;
  node.setAttribute("role", "option");
  node.append(make("span", "option-text", text), make("span", "option-hint", hint));
  node.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  node.addEventListener("click", () => accept(index));
  return node;
}

function close() {
  options = [];
  chosen = -1;
  list.replaceChildren();
  mark();
}

function mark() {
  show(list, options.length > 0);
  box.setAttribute("aria-expanded", String(options.length > 0));
  Array.from(list.children).forEach((node, index) => node.setAttribute("aria-selected", String(index === chosen)));
  if (chosen < 0) box.removeAttribute("aria-activedescendant");
  else box.setAttribute("aria-activedescendant", `option-${chosen}`);
}

function accept(index) {
  const { word } = complete(box.value, known);
  write(`${box.value.slice(0, box.value.length - word.length)}${options[index][0]} `);
  suggest();
  box.focus();
}

/** An earlier command, or back towards the draft. */
function recall(step) {
  const to = Math.max(-1, Math.min(past.length - 1, back + step));
  if (to === back) return;
  if (back === -1) draft = box.value;
  back = to;
  close();
  write(back === -1 ? draft : past[back]);
}

/** Down enters the list; up leaves it at the top, and from there goes to earlier commands. */
function arrow(step) {
  if (options.length === 0 || (step < 0 && chosen < 0)) return recall(-step);
  chosen = Math.min(chosen + step, options.length - 1);
  return mark();
}

/** Tab completes a word that was begun, and otherwise moves on as ever: nobody is held in the box. */
function tab(event) {
  const begun = complete(box.value, known).word !== "";
  if (event.shiftKey || options.length === 0 || (chosen < 0 && !begun)) return;
  event.preventDefault();
  accept(Math.max(chosen, 0));
}

function keydown(event) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    arrow(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Tab") tab(event);
  else if (event.key === "Escape") close();
  else if (event.key === "Enter" && chosen >= 0) {
    event.preventDefault();
    accept(chosen);
  }
}

async function submit(event) {
  event.preventDefault();
  const text = box.value.trim();
  close();
  if (!text || !me.person || send.disabled) return;
  send.disabled = true;
  const taken = await act("", { text }, { where: "", echo: `${me.person}: ${text}` });
  send.disabled = false;
  if (!taken) return;
  past = [text, ...past.filter((other) => other !== text)].slice(0, REMEMBERED);
  memory.set("history", past);
  back = -1;
  if (box.value.trim() === text) write("");
}

/** Wires it up. `personChanged` is told when somebody else sits down. */
export function startDesk(personChanged) {
  write(memory.get("draft", ""));
  box.addEventListener("input", () => {
    back = -1;
    memory.set("draft", box.value);
    suggest();
  });
  box.addEventListener("keydown", keydown);
  box.addEventListener("blur", close);
  one("#compose").addEventListener("submit", submit);
  for (const [name, example] of Object.entries(examples)) {
    one(name).addEventListener("click", () => {
      write(example());
      box.focus();
    });
  }
  picker.addEventListener("change", () => {
    me.person = picker.value;
    memory.set("person", me.person);
    showExamples();
    paint();
    personChanged();
  });
}
