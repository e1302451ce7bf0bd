// What could stand next in a command: pure, from the text before the caret.

/** The commands, as the desk understands them. */
const COMMANDS = [
  ["/call", "ring people: /call jack video"],
  ["/calls", "who is on the phone now"],
  ["/oncall", "who is on call"],
  ["/callout", "the bot itself: help and settings"],
];

const CALLS = [
  ["board", "a message that stays current"],
  ["history", "past calls"],
  ["show", "one call's timeline"],
  ["hangup", "end a call"],
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

/** The options for the word at the end of `text`: `{ word, options: [[text, hint]] }`. */
export function complete(text, { people, calls, schedules, policies }) {
  const typed = text.trimStart().split(/\s+/);
  const word = typed.pop() ?? "";
  const options = next(typed, { people, calls, schedules, policies });
  const lower = word.toLowerCase();
  const fits = options.filter(([option]) => option.startsWith(lower) && option !== lower);
  return { word, options: typed.length || word ? fits : [] };
}

function next(before, { people, calls, schedules, policies }) {
  if (before.length === 0) return COMMANDS;
  const [command, ...rest] = before.map((word) => word.toLowerCase());
  if (command === "/call") return callees(rest, people, schedules);
  if (command === "/oncall") return onCall(rest, schedules, policies);
  if (command === "/callout") return callout(rest, people);
  if (command !== "/calls") return [];
  if (rest.length === 0) return CALLS;
  if (rest.length > 1) return [];
  if (rest[0] === "history") return people.map(({ id }) => [`@${id}`, "their calls"]);
  return rest[0] === "show" || rest[0] === "hangup" ? calls.map((call) => [call.id, `by ${call.by}`]) : [];
}

function callout([form, ...rest], people) {
  if (!form) return CALLOUT;
  if (rest.length > 0) return [];
  if (form === "quiet") return QUIET;
  return form === "link" ? people.map(({ id }) => [id, "it is me"]) : [];
}

function onCall(rest, schedules, policies) {
  if (rest.length === 0) return [...schedules.map((id) => [id, "schedule"]), ["simulate", "who would be rung"]];
  return rest.length === 1 && rest[0] === "simulate" ? policies.map((id) => [id, "policy"]) : [];
}

/** Leading words name callees, then the media, then the note, which nobody can guess. */
function callees(named, people, schedules) {
  const duties = schedules.map((id) => `oncall:${id}`);
  const ids = [...people.map(({ id }) => id), ...duties];
  if (named.some((word) => !ids.includes(word))) return [];
  const others = people.filter(({ id }) => !named.includes(id));
  const persons = others.map(({ id, admin }) => [id, admin ? "person, admin" : "person"]);
  persons.push(...duties.filter((id) => !named.includes(id)).map((id) => [id, "whoever is on call"]));
  return named.length ? [...MEDIA, ...persons] : persons;
}
