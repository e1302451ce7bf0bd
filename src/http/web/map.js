// The live map of the sandbox: every call that has not ended, and the button that ends it.

import { enable, one } from "./dom.js";
import { showCalls } from "./calls.js";
import { act } from "./receipts.js";

/** Paints what `GET /api/calls` said. */
export const showMap = (json) => showCalls(json, addHangUp);

function addHangUp(node, call) {
  const hangUp = one(".hang-up", node);
  hangUp.setAttribute("aria-label", `Hang up call ${call.id}`);
  hangUp.addEventListener("click", () => end(hangUp, call.id));
}

async function end(hangUp, id) {
  const text = `/calls hangup ${id}`;
  enable(hangUp, false);
  await act("", { text }, { where: "map", echo: text });
  enable(hangUp, true);
}
