// What the bot answered to this tab's person: privately, where the person acted. The last answer stays, and so does
// every question that waits for its button.

import { button, chatText, copy, enable, keyed, memory, one, say, show } from "./dom.js";
import { deliver } from "./net.js";

const KEPT = 12;

/** Buttons that take a text, and what is asked for. */
const ASKS = {
  "Ring anyway": "Reason, kept with the call (optional)",
  "Enter code": "Code that the phone shows",
  "Hand over": "Who takes it: their id",
};
const asks = (buttons) => buttons.find((label) => label in ASKS);

/** Who this tab is. */
export const me = { person: memory.get("person", "") };

let receipts = memory.get("receipts", []);

const open = (receipt) => receipt.buttons.length > 0;

function keep(next) {
  receipts = next.slice(0, KEPT);
  memory.set("receipts", receipts.filter((receipt) => receipt.where === "" || open(receipt)));
  paint();
}

const drop = (id) => keep(receipts.filter((receipt) => receipt.id !== id));

/** Adds what the bot, or the page itself when `problem`, has to say. `where` is "", "map" or a card's id. */
export function answer({ where, echo, receipt, delivery, problem = false }) {
  const entry = {
    id: delivery ?? `page-${performance.now()}`,
    person: me.person,
    where,
    echo,
    problem,
    text: receipt.text ?? "",
    card: receipt.card ?? null,
    buttons: receipt.buttons ?? [],
  };
  keep([entry, ...receipts.filter((other) => other.id !== entry.id && open(other))]);
}

/** Sends something as this person and shows the answer at `where`. True when the server took it. */
export async function act(verb, body, { where, echo }) {
  const path = `/sandbox/desk/${encodeURIComponent(me.person)}${verb}`;
  try {
    const { receipt, delivery } = await deliver(path, body);
    answer({ where, echo, receipt: receipt ?? {}, delivery });
    return true;
  } catch (failure) {
    answer({ where, echo, receipt: { text: excuse(failure) }, problem: true });
    return false;
  }
}

/** Why it did not work, and what that means. */
export function excuse(failure) {
  if (failure.status) return failure.message;
  return "No answer from the sandbox. Send it again when the connection is back: it counts once, even if it had arrived.";
}

/** Shows every receipt of this person in the place that it belongs to. */
export function paint() {
  for (const place of document.querySelectorAll(".receipts")) {
    const mine = receipts.filter((entry) => entry.where === place.dataset.where && entry.person === me.person);
    keyed(place, mine.filter(({ text, buttons }) => text || buttons.length), (entry) => entry.id, create, update);
  }
}

function create(entry) {
  const node = copy("t-receipt");
  one(".dismiss", node).addEventListener("click", () => drop(entry.id));
  const buttons = entry.buttons.map((label) => button(label, look(label), () => press(node, entry, label)));
  one(".buttons", node).append(...buttons);
  one(".reason input", node).addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) press(node, entry, asks(entry.buttons));
  });
  return node;
}

function update(node, entry) {
  node.classList.toggle("trouble", entry.problem);
  node.classList.toggle("question", open(entry));
  say(one(".echo", node), entry.echo);
  say(one(".text", node), chatText(entry.text));
  say(one(".reason span", node), ASKS[asks(entry.buttons)] ?? "");
  show(one(".reason", node), Boolean(asks(entry.buttons)));
  show(one(".buttons", node), open(entry));
}

/** Yes is solid, no is plain, an end is red. What takes a page is found first, as it is in every chat. */
export function look(label) {
  if (label === "Hang up") return "bad";
  return /^(Ring|Enter|Do|Acknowledge)\b/.test(label) ? "solid" : "plain";
}

async function press(node, entry, label) {
  const pressed = Array.from(node.querySelectorAll("button"));
  if (pressed.some((each) => each.disabled)) return;
  pressed.forEach((each) => enable(each, false));
  const text = one(".reason input", node).value.trim();
  const body = { card: entry.card, button: label, ...(label in ASKS && text ? { text } : {}) };
  const path = `/sandbox/desk/${encodeURIComponent(me.person)}/press`;
  try {
    const { receipt, delivery } = await deliver(path, body);
    receipts = receipts.filter((other) => other.id !== entry.id);
    answer({ where: entry.where, echo: `${entry.echo} → ${label}`, receipt: receipt ?? {}, delivery });
  } catch (failure) {
    say(one(".problem", node), excuse(failure));
    pressed.forEach((each) => enable(each, true));
  }
}
