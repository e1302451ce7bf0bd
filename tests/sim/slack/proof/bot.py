"""A bot with Bolt for Python: what bots do, one thing after the other. It says what it has done, a line of JSON each.

bot.py API BOT_TOKEN APP_TOKEN SIGNING_SECRET (socket | http)
"""

import json
import os
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

API, BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, TRANSPORT = sys.argv[1:]
SPEAKING = threading.Lock()


def tell(did, **more):
    with SPEAKING:
        print(json.dumps({"did": did, **more}), flush=True)


client = WebClient(
    token=BOT_TOKEN,
    base_url=f"{API}/",
    retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=5)],
)
app = App(client=client, signing_secret=SIGNING_SECRET)


@app.error
def failed(error):
    why = "".join(traceback.format_exception(error))
    tell("failed", why=why)


def plain(text):
    return {"type": "plain_text", "text": text}


def card(text, *buttons):
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    return [section] + ([{"type": "actions", "elements": list(buttons)}] if buttons else [])


HANG_UP = {
    "type": "button",
    "action_id": "hangup",
    "text": plain("Hang up"),
    "value": "c1",
    "style": "danger",
}
FORM = {
    "type": "modal",
    "callback_id": "page",
    "private_metadata": "for page",
    "title": plain("Page"),
    "submit": plain("Send"),
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": plain("Why?"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@app.command("/call")
def call(ack, command, client):
    ack(text=f"ringing {command['text']}")
    channel = command["channel_id"]
    text = f"<@{command['user_id']}> calls {command['text']}"
    ts = client.chat_postMessage(channel=channel, text=text, blocks=card(text, HANG_UP))["ts"]
    client.chat_postMessage(channel=channel, thread_ts=ts, text="it rings")
    client.chat_update(channel=channel, ts=ts, text="jack answered", blocks=card("*jack* answered", HANG_UP))
    client.pins_add(channel=channel, timestamp=ts)
    user = client.users_info(user=command["user_id"])["user"]
    found = client.users_lookupByEmail(email=user["profile"]["email"])["user"]
    info = client.conversations_info(channel=channel)["channel"]
    try:
        client.chat_update(channel=channel, ts="1.000001", text="x")
        refused = None
    except SlackApiError as error:
        refused = error.response["error"]
    tell("called", ts=ts, same=found["id"] == command["user_id"], channel=info["name"], refused=refused)


@app.command("/page")
def page(ack, command, client):
    ack()
    view = client.views_open(trigger_id=command["trigger_id"], view=FORM)["view"]
    tell("opened", id=view["id"])


@app.command("/callout")
def leave(ack):
    ack("bye")
    tell("quit")
    threading.Timer(0.3, os._exit, [0]).start()


@app.action("hangup")
def hang_up(ack, body, action, client, respond):
    ack()
    client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="over", blocks=[])
    respond(text=f"hung up {action['value']}", response_type="ephemeral", replace_original=False)
    tell("pressed", value=action["value"])


@app.action("refresh")
def refresh(ack, body):
    ack()
    tell("refreshed", view=body["view"]["type"])


@app.view("page")
def filled(ack, body, view, client):
    why = view["state"]["values"]["why"]["text"]["value"]
    if why == "no":
        ack(response_action="errors", errors={"why": "say more"})
        return
    ack()
    channel = client.conversations_open(users=body["user"]["id"])["channel"]["id"]
    client.chat_postMessage(channel=channel, text=f"paged: {why} ({view['private_metadata']})")
    tell("filled")


@app.shortcut("page_about")
def about(ack, shortcut, client):
    ack()
    text = f"about {shortcut['message']['text']}"
    client.chat_postEphemeral(channel=shortcut["channel"]["id"], user=shortcut["user"]["id"], text=text)
    tell("shortcut")


@app.event("app_mention")
def mentioned(event, say):
    say(text="heard", thread_ts=event.get("thread_ts", event["ts"]))
    tell("heard", text=event["text"])


@app.event("app_home_opened")
def home(event, client):
    button = {"type": "button", "action_id": "refresh", "text": plain("Refresh")}
    client.views_publish(user_id=event["user"], view={"type": "home", "blocks": card("*My calls*", button)})
    tell("published")


class Door(BaseHTTPRequestHandler):
    """Bolt behind the standard library's server, as its adapters do it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): [value] for name, value in self.headers.items()}
        answer = app.dispatch(BoltRequest(body=body, headers=headers))
        self.send_response(answer.status)
        for name, value in answer.first_headers_without_set_cookie().items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write((answer.body or "").encode())

    def log_message(self, *_):
        pass


def start():
    if TRANSPORT == "socket":
        SocketModeHandler(app, APP_TOKEN).connect()
        return 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


port = start()
me = client.auth_test()
tell("ready", port=port, user=me["user_id"], scopes=me.headers["x-oauth-scopes"].split(","))
threading.Event().wait()
