// A bot with discord.js. It proves the modelled Discord: nothing here was written for a model.
// Arguments: the REST root, the token, the guild. Says in lines of JSON what it did.
"use strict";

const {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, EmbedBuilder, Events, GatewayIntentBits, MessageFlags,
  ModalBuilder, SlashCommandBuilder, TextInputBuilder, TextInputStyle,
} = require("discord.js");

const [root, token, guildId] = process.argv.slice(2);
const did = (what, more = {}) => process.stdout.write(`${JSON.stringify({ did: what, ...more })}\n`);

const table = [
  new SlashCommandBuilder()
    .setName("work")
    .setDescription("Does all that a bot does")
    .addStringOption((o) => o.setName("who").setDescription("For whom").setRequired(true).setAutocomplete(true))
    .addUserOption((o) => o.setName("person").setDescription("A person")),
  new SlashCommandBuilder().setName("quit").setDescription("Ends"),
];

const button = (id, style) => new ButtonBuilder().setCustomId(id).setLabel(id).setStyle(style);
const row = () =>
  new ActionRowBuilder().addComponents(
    button("update", ButtonStyle.Primary),
    button("ask", ButtonStyle.Secondary),
    button("later", ButtonStyle.Danger),
  );

async function work(interaction) {
  const person = interaction.options.getUser("person");
  const content = `working for ${interaction.options.getString("who")} and ${person.username}`;
  const answer = await interaction.reply({ content, components: [row()], withResponse: true });
  const message = answer.resource.message;
  await interaction.editReply({ content: `${content}, still` });
  const thread = await message.startThread({ name: "log", autoArchiveDuration: 60 });
  const embed = new EmbedBuilder().setTitle("A line").addFields({ name: "n", value: "v" });
  const line = { embeds: [embed], nonce: "n-1", enforceNonce: true, allowedMentions: { parse: [] } };
  const first = await thread.send(line);
  const second = await thread.send(line);
  await message.edit({ content: "edited with the bot's token" });
  let again = 0;
  try {
    await message.startThread({ name: "two" });
  } catch (error) {
    again = error.code;
  }
  did("worked", { message: message.id, thread: thread.id, same: first.id === second.id, again });
}

async function press(interaction) {
  if (interaction.customId === "update") {
    await interaction.update({ content: "updated" });
  } else if (interaction.customId === "ask") {
    const input = new TextInputBuilder().setCustomId("why").setLabel("Why?").setStyle(TextInputStyle.Short);
    const form = new ModalBuilder().setCustomId("form").setTitle("Reason");
    await interaction.showModal(form.addComponents(new ActionRowBuilder().addComponents(input)));
  } else {
    await interaction.deferUpdate();
    await interaction.followUp({ content: "later, for you", flags: MessageFlags.Ephemeral });
  }
  did("pressed", { id: interaction.customId });
}

async function filled(interaction) {
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  await interaction.editReply(`because ${interaction.fields.getTextInputValue("why")}`);
  did("filled");
}

async function answer(interaction) {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond([{ name: `${typed}ck`, value: `${typed}ck` }]);
    did("completed");
  } else if (interaction.isButton()) {
    await press(interaction);
  } else if (interaction.isModalSubmit()) {
    await filled(interaction);
  } else if (interaction.commandName === "quit") {
    await interaction.reply("bye");
    did("quit");
    await client.destroy();
  } else {
    await work(interaction);
  }
}

const client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api: `${root}/api` } });
client.on(Events.Error, (error) => did("failed", { error: String(error) }));
client.on(Events.ShardResume, (_, replayed) => did("resumed", { replayed }));
client.on(Events.ThreadCreate, (thread) => did("heard", { thread: thread.id }));
client.on(Events.InteractionCreate, (interaction) => {
  answer(interaction).catch((error) => did("failed", { error: String(error.stack ?? error) }));
});
client.once(Events.ClientReady, async () => {
  const guild = await client.guilds.fetch(guildId);
  const commands = await guild.commands.set(table);
  did("registered", { commands: commands.size, channels: guild.channels.cache.size });
});
client.login(token);
