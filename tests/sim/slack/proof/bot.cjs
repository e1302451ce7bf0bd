// A bot with Bolt for JavaScript: what bots do, one thing after the other. It says what it has done, a line of JSON each.
// bot.cjs API BOT_TOKEN APP_TOKEN SIGNING_SECRET (socket | http)
"use strict";

const { App, HTTPReceiver, LogLevel, SocketModeReceiver } = require("@slack/bolt");

const [api, botToken, appToken, signingSecret, transport] = process.argv.slice(2);
const tell = (did, more = {}) => process.stdout.write(`${JSON.stringify({ did, ...more })}\n`);
const fail = (error) => {
  tell("failed", { why: String(error?.stack ?? error), data: error?.data });
  process.exit(1);
};
process.on("unhandledRejection", fail);

const clientOptions = { slackApiUrl: `${api}/` };
const receiver =
  transport === "socket"
    ? new SocketModeReceiver({
        appToken,
        // How long it waits before it connects again.
        clientPingTimeout: 1500,
        installerOptions: { clientOptions },
        logLevel: LogLevel.ERROR,
      })
    : new HTTPReceiver({ signingSecret, endpoints: "/slack/events", logLevel: LogLevel.ERROR });
const app = new App({ token: botToken, receiver, clientOptions, logLevel: LogLevel.ERROR });
app.error(async (error) => fail(error.original ?? error));

const plain = (text) => ({ type: "plain_text", text });
const card = (text, buttons) => [
  { type: "section", text: { type: "mrkdwn", text } },
  ...(buttons.length === 0 ? [] : [{ type: "actions", elements: buttons }]),
];
const hangUp = { type: "button", action_id: "hangup", text: plain("Hang up"), value: "c1", style: "danger" };
const form = {
  type: "modal",
  callback_id: "page",
  private_metadata: "for page",
  title: plain("Page"),
  submit: plain("Send"),
  blocks: [
    {
      type: "input",
      block_id: "why",
      label: plain("Why?"),
      element: { type: "plain_text_input", action_id: "text" },
    },
  ],
};

app.command("/call", async ({ command, ack, client }) => {
  await ack({ text: `ringing ${command.text}` });
  const channel = command.channel_id;
  const text = `<@${command.user_id}> calls ${command.text}`;
  const { ts } = await client.chat.postMessage({ channel, text, blocks: card(text, [hangUp]) });
  await client.chat.postMessage({ channel, thread_ts: ts, text: "it rings" });
  await client.chat.update({ channel, ts, text: "jack answered", blocks: card("*jack* answered", [hangUp]) });
  await client.pins.add({ channel, timestamp: ts });
  const user = await client.users.info({ user: command.user_id });
  const found = await client.users.lookupByEmail({ email: user.user.profile.email });
  const info = await client.conversations.info({ channel });
  const refused = await client.chat.update({ channel, ts: "1.000001", text: "x" }).catch((error) => error.data.error);
  tell("called", { ts, same: found.user.id === command.user_id, channel: info.channel.name, refused });
});

app.command("/page", async ({ command, ack, client }) => {
  await ack();
  const { view } = await client.views.open({ trigger_id: command.trigger_id, view: form });
  tell("opened", { id: view.id });
});

app.command("/callout", async ({ ack }) => {
  await ack("bye");
  tell("quit");
  setTimeout(() => process.exit(0), 300);
});

app.action("hangup", async ({ ack, body, action, client, respond }) => {
  await ack();
  await client.chat.update({ channel: body.channel.id, ts: body.message.ts, text: "over", blocks: [] });
  await respond({ text: `hung up ${action.value}`, response_type: "ephemeral", replace_original: false });
  tell("pressed", { value: action.value });
});

app.action("refresh", async ({ ack, body }) => {
  await ack();
  tell("refreshed", { view: body.view.type });
});

app.view("page", async ({ ack, body, view, client }) => {
  const why = view.state.values.why.text.value;
  if (why === "no") {
    await ack({ response_action: "errors", errors: { why: "say more" } });
    return;
  }
  await ack();
  const { channel } = await client.conversations.open({ users: body.user.id });
  await client.chat.postMessage({ channel: channel.id, text: `paged: ${why} (${view.private_metadata})` });
  tell("filled");
});

app.shortcut("page_about", async ({ ack, shortcut, client }) => {
  await ack();
  const channel = shortcut.channel.id;
  await client.chat.postEphemeral({ channel, user: shortcut.user.id, text: `about ${shortcut.message.text}` });
  tell("shortcut");
});

app.event("app_mention", async ({ event, say }) => {
  await say({ text: "heard", thread_ts: event.thread_ts ?? event.ts });
  tell("heard", { text: event.text });
});

app.event("app_home_opened", async ({ event, client }) => {
  const button = { type: "button", action_id: "refresh", text: plain("Refresh") };
  await client.views.publish({ user_id: event.user, view: { type: "home", blocks: card("*My calls*", [button]) } });
  tell("published");
});

(async () => {
  const started = await app.start(0);
  const me = await app.client.auth.test();
  tell("ready", {
    port: transport === "http" ? started.address().port : 0,
    user: me.user_id,
    scopes: me.response_metadata.scopes,
  });
})().catch(fail);
