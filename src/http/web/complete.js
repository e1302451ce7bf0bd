// What could stand next in a command: pure, from the text before the caret.

/** The commands, as the desk understands them. */
const COMMANDS = [
  ["/call", "ring people: /call jack video"],
  ["/calls", "who is on the phone now"],
  ["/page", "ring until somebody takes it"],
  ["/pages", "what is open"],
  ["/ack", "I have it: nothing else rings"],
  ["/close", "a page is over"],
  ["/escalate", "the next step now, or somebody else"],
  ["/oncall", "who is on call"],
  ["/callout", "the bot itself: help and settings"],
];

const CALLS = [
  ["board", "a message that stays current"],
  ["history", "past calls"],
  ["show", "one call's timeline"],
  ["hangup", "end a call"],
];

const ONCALL = [
  ["simulate", "who would be rung"],
  ["take", "I am on call instead"],
  ["override", "somebody else is, for admins"],
  ["undo", "take such a change back"],
];

const CALLOUT = [
  ["help", "what can be typed"],
  ["me", "my settings"],
  ["test", "ring me: does my phone work?"],
  ["quiet", "when calls ask before they ring me"],
  ["link", "say who I am"],
  ["unlink", "undo that"],
  ["audit", "who changed what, for admins"],
  ["status", "how the bot is, for admins"],
];

const QUIET = [
  ["off", "never"],
  ["for", "from now: for 2h"],
  ["default", "as callout.toml says"],
];

const MEDIA = [
  ["audio", "sound only"],
  ["video", "with picture"],
];

/** The options for the word at the end of `text`: `{ word, options: [[text, hint]] }`. `known` is what the desk has heard of. */
export function complete(text, known) {
  const typed = text.trimStart().split(/\s+/);
  const word = typed.pop() ?? "";
  const options = next(typed, known);
  const lower = word.toLowerCase();
  const fits = options.filter(([option]) => option.startsWith(lower) && option !== lower);
  return { word, options: typed.length || word ? fits : [] };
}

/** What may follow each command, from the words behind it. */
const NEXT = {
  "/call": (rest, { people, schedules }) => callees(rest, people, schedules),
  "/calls": lookAtCalls,
  "/page": (rest, { people, policies }) => (rest.length ? [] : [...named(policies, "policy"), ...named(ids(people), "person")]),
  "/pages": ([form, ...rest], { pages }) => (form ? (form === "show" && !rest.length ? listed(pages) : []) : [["show", "one page's timeline"]]),
  "/ack": (rest, { pages }) => (rest.length ? TIMES : [...listed(pages), ["all", "every page of mine"], ...TIMES]),
  "/close": (rest, { pages }) => (rest.length ? [] : listed(pages)),
  "/escalate": escalate,
  "/oncall": onCall,
  "/callout": (rest, { people }) => callout(rest, people),
};

function next(before, known) {
  if (before.length === 0) return COMMANDS;
  const [command, ...rest] = before.map((word) => word.toLowerCase());
  return NEXT[command]?.(rest, known) ?? [];
}

const ids = (people) => people.map(({ id }) => id);
const named = (all, hint) => all.map((id) => [id, hint]);
const mentions = (people, hint) => people.map(({ id }) => [`@${id}`, hint]);
const listed = (pages) => pages.map(({ id, title }) => [id, title]);

const TIMES = [["30m", "rung first if it is open then"]];

function lookAtCalls(rest, { people, calls }) {
  if (rest.length === 0) return CALLS;
  if (rest.length > 1) return [];
  if (rest[0] === "history") return mentions(people, "their calls");
  return rest[0] === "show" || rest[0] === "hangup" ? calls.map((call) => [call.id, `by ${call.by}`]) : [];
}

/** A page, if several may be meant; then who, and `to` before them if they are rung instead. */
function escalate(rest, { people, pages }) {
  const last = rest.at(-1);
  if (last?.startsWith("@")) return [];
  if (last === "to") return mentions(people, "instead");
  const who = [...mentions(people, "as well"), ["to", "instead of whoever is rung"]];
  return rest.length ? who : [...listed(pages), ...who];
}

function callout([form, ...rest], people) {
  if (!form) return CALLOUT;
  if (rest.length > 0) return [];
  if (form === "quiet") return QUIET;
  return form === "link" ? people.map(({ id }) => [id, "it is me"]) : [];
}

function onCall(rest, { people, schedules, policies }) {
  const [form, ...more] = rest;
  if (!form) return [...named(schedules, "schedule"), ...ONCALL];
  if (form === "override" && more.length === 1) return [...mentions(people, "is on call"), ["nobody", "is on call"]];
  if (more.length > 0) return [];
  if (form === "simulate") return [...named(policies, "policy"), ...named(ids(people), "person")];
  return form === "take" || form === "override" ? named(schedules, "schedule") : [];
}

/** Leading words name callees, then the media, then the note, which nobody can guess. */
function callees(before, people, schedules) {
  const duties = schedules.map((id) => `oncall:${id}`);
  const all = [...ids(people), ...duties];
  if (before.some((word) => !all.includes(word))) return [];
  const others = people.filter(({ id }) => !before.includes(id));
  const persons = others.map(({ id, admin }) => [id, admin ? "person, admin" : "person"]);
  persons.push(...duties.filter((id) => !before.includes(id)).map((id) => [id, "whoever is on call"]));
  return before.length ? [...MEDIA, ...persons] : persons;
}
