// The page's only way to the server: requests, deliveries with their keys, resources and events.

import { learnClock } from "./dom.js";

const PATIENCE_MS = 10_000; // a request without an answer is given up
const GAP_MS = 125; // at most 8 fetches a second for one resource
const AGAIN_MS = [300, 700, 1_500, 2_500]; // pauses between attempts to connect
const HEARTBEAT_MS = 30_000; // everything is asked again, in case an event was missed

/** A request that failed. `status` is the answer's, or 0 when none came. */
export class Failure extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Sends one request; the answer's JSON, or a `Failure` with the server's own sentence. */
export async function ask(method, path, body) {
  const options = { method, signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store" };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response;
  let text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch {
    throw new Failure("Callout does not answer.", 0);
  }
  learnClock(response.headers.get("date"));
  return read(response, text);
}

function read(response, text) {
  let json;
  try {
    json = text ? JSON.parse(text) : {};
  } catch {
    json = null;
  }
  if (response.ok && json) return json;
  throw new Failure(json?.error ?? `Callout answered ${response.status}.`, response.status);
}

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

const unsettled = new Map();

/**
 * Sends a command or a press under a delivery key. Without an answer it is sent once more under the same key; and the
 * key is kept for the same words until an answer comes, so that trying again by hand cannot ring twice either.
 */
export async function deliver(path, body) {
  const words = path + JSON.stringify(body);
  const delivery = unsettled.get(words) ?? freshKey();
  unsettled.set(words, delivery);
  const attempt = () => ask("POST", path, { ...body, delivery });
  try {
    const answer = await attempt().catch((failure) => {
      if (failure.status) throw failure;
      return attempt();
    });
    unsettled.delete(words);
    return answer;
  } catch (failure) {
    if (failure.status >= 400 && failure.status < 500) unsettled.delete(words);
    throw failure;
  }
}

/**
 * Something that is fetched again whenever it changes: one fetch at a time, at most 8 a second. `report` is told how
 * each went: `null`, or the `Failure`.
 */
export function resource(path, apply, report) {
  let running = false;
  let wanted = false;
  async function refresh() {
    wanted = true;
    if (running) return;
    running = true;
    while (wanted) {
      wanted = false;
      const asked = path();
      const pause = new Promise((resume) => setTimeout(resume, GAP_MS));
      try {
        const json = await ask("GET", asked);
        if (asked === path()) apply(json);
        report(null);
      } catch (failure) {
        if (failure instanceof Failure) report(failure);
        else reportError(failure);
      }
      await pause;
    }
    running = false;
  }
  return refresh;
}

/**
 * Listens to the server's events under `path` for ever. `changed(name)` is called for each; `connected(bool)` when the line comes
 * and goes. The reconnecting is ours: browsers differ in when they give up.
 */
export function listen(path, names, { changed, connected }) {
  let source;
  let timer = 0;
  let failures = 0;
  function open() {
    clearTimeout(timer);
    timer = 0;
    source?.close();
    source = new EventSource(path);
    source.addEventListener("open", () => {
      failures = 0;
      connected(true);
    });
    source.addEventListener("error", lost);
    for (const name of names) source.addEventListener(name, () => changed(name));
  }
  function lost() {
    source.close();
    connected(false);
    if (timer) return;
    timer = setTimeout(open, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
    failures += 1;
  }
  open();
  setInterval(() => names.forEach(changed), HEARTBEAT_MS);
  addEventListener("online", open);
  return { lost };
}
