"""A bot with discord.py. It proves the modelled Discord: nothing here was written for a model.

Arguments: the REST root, the gateway, the token, the guild. Says in lines of JSON what it did.
"""

import json
import sys
import traceback

import discord
import yarl
from discord import app_commands

ROOT, GATEWAY, TOKEN, GUILD = sys.argv[1:5]
discord.http.Route.BASE = f"{ROOT}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(GATEWAY)


def did(what, **more):
    print(json.dumps({"did": what, **more}), flush=True)


class Form(discord.ui.Modal, title="Reason"):
    why = discord.ui.TextInput(label="Why?", custom_id="why")

    async def on_submit(self, interaction):
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content=f"because {self.why.value}")
        did("filled")


class Buttons(discord.ui.View):
    @discord.ui.button(label="update", custom_id="update")
    async def update(self, interaction, _button):
        await interaction.response.edit_message(content="updated")
        did("pressed", id="update")

    @discord.ui.button(label="ask", custom_id="ask")
    async def ask(self, interaction, _button):
        await interaction.response.send_modal(Form(custom_id="form"))
        did("pressed", id="ask")

    @discord.ui.button(label="later", custom_id="later")
    async def later(self, interaction, _button):
        await interaction.response.defer()
        await interaction.followup.send("later, for you", ephemeral=True)
        did("pressed", id="later")


class Bot(discord.Client):
    def __init__(self):
        super().__init__(intents=discord.Intents(guilds=True))
        self.tree = app_commands.CommandTree(self)
        self.is_registered = False

    async def on_ready(self):
        if self.is_registered:
            return
        self.is_registered = True
        guild = discord.Object(GUILD)
        commands = await self.tree.sync(guild=guild)
        did("registered", commands=len(commands), channels=len(self.get_guild(guild.id).text_channels))

    async def on_resumed(self):
        did("resumed")

    async def on_thread_create(self, thread):
        did("heard", thread=str(thread.id))

    async def on_error(self, *_):
        did("failed", error=traceback.format_exc())


bot = Bot()
HERE = discord.Object(GUILD)


@bot.tree.error
async def failed(_interaction, error):
    did("failed", error=repr(error))


@bot.tree.command(description="Does all that a bot does", guild=HERE)
async def work(interaction: discord.Interaction, who: str, person: discord.User):
    content = f"working for {who} and {person.name}"
    await interaction.response.send_message(content, view=Buttons(timeout=None))
    await interaction.edit_original_response(content=f"{content}, still")
    message = await interaction.original_response()
    thread = await message.create_thread(name="log", auto_archive_duration=60)
    embed = discord.Embed(title="A line").add_field(name="n", value="v")
    line = {"embed": embed, "nonce": "n-1", "allowed_mentions": discord.AllowedMentions.none()}
    first = await thread.send(**line)
    second = await thread.send(**line)
    posted = await message.fetch()
    await posted.edit(content="edited with the bot's token")
    again = 0
    try:
        await posted.create_thread(name="two")
    except discord.HTTPException as error:
        again = error.code
    did("worked", message=str(message.id), thread=str(thread.id), same=first.id == second.id, again=again)


@work.autocomplete("who")
async def complete(_interaction, typed: str):
    did("completed")
    return [app_commands.Choice(name=f"{typed}ck", value=f"{typed}ck")]


@bot.tree.command(name="quit", description="Ends", guild=HERE)
async def leave(interaction: discord.Interaction):
    await interaction.response.send_message("bye")
    did("quit")
    await bot.close()


bot.run(TOKEN, log_handler=None)
