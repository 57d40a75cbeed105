// Discord's composer: what one writes, the slash menu, and a command with its options.

import { CommandForm } from "./command_form.js";
import { avatar, byId, h } from "./dom.js";
import { Listbox } from "./listbox.js";

const MENU_MAX = 40;

/** One composer. `submit(name, options)` sends a command, `say(text)` a message; both throw Error for the person. */
export class Composer {
  constructor({ submit, say }) {
    this.submit = submit;
    this.say = say;
    this.input = byId("d-input");
    this.world = null;
    this.form = null;
    this.menu = new Listbox(this.input, byId("d-popup"), {
      label: "Commands",
      load: (text) => this.matching(text),
      show: shownCommand,
      pick: (command) => this.choose(command),
    });
    byId("d-box").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener("input", () => this.typed());
    byId("d-box").addEventListener("keydown", (event) => this.pressed(event));
  }

  /** What is around it now. What was typed stays. */
  update({ direct, closed, channel, world }) {
    const somebodyElse = this.world && this.world.who !== world.who;
    const moved = this.channel?.id !== channel?.id;
    Object.assign(this, { direct, channel, world });
    byId("d-foot").hidden = closed;
    this.input.placeholder = direct ? "Message @Guestlist" : `Message #${channel?.name ?? ""}, or / for commands`;
    if (somebodyElse) this.input.value = "";
    if ((somebodyElse || direct) && this.form) this.leave();
    if (somebodyElse || moved) this.complain("");
    if (this.form) this.form.around = { world, channel };
  }

  complain(text) {
    byId("d-error").textContent = text;
  }

  // -- the slash menu ---------------------------------------------------------------------------------------
  matching(text) {
    if (!text.startsWith("/") || this.form) return null;
    if (this.direct) return null;
    const term = text.slice(1).toLowerCase().trimEnd();
    const score = (command) => (command.name.startsWith(term) ? 0 : command.name.includes(term) ? 1 : 2);
    const all = this.world.discord.commands.filter((command) => score(command) < 2);
    return all.sort((a, b) => score(a) - score(b) || a.name.localeCompare(b.name)).slice(0, MENU_MAX);
  }

  typed() {
    const astray = this.direct && this.input.value.startsWith("/");
    this.complain(astray ? "Its commands work in the server: open a channel." : "");
    // "/plan create " typed to its end is as good as picked.
    const text = this.input.value;
    const whole =
      /^\/.+ $/.test(text) && this.world.discord.commands.find((one) => `/${one.name} ` === text.toLowerCase());
    if (whole && !this.direct) this.choose(whole);
  }

  choose(command) {
    this.menu.close();
    this.complain("");
    this.input.value = "";
    this.input.hidden = true;
    byId("d-command").textContent = `/${command.name}`;
    byId("d-line").hidden = false;
    this.form = new CommandForm(command, { world: this.world, channel: this.channel });
    this.form.focus();
  }

  /** Back from a command to plain writing. */
  leave(text = "") {
    this.form?.close();
    this.form = null;
    byId("d-line").hidden = true;
    this.input.hidden = false;
    this.input.value = text;
  }

  pressed(event) {
    if (!this.form || event.defaultPrevented) return;
    const command = this.form.command;
    if (event.key === "Escape") this.back("");
    else if (event.key === "Backspace" && this.form.isAtBegin(event.target)) this.back(`/${command.name}`);
    else return;
    event.preventDefault();
  }

  back(text) {
    this.leave(text);
    this.complain("");
    this.input.focus();
    this.menu.refresh();
  }

  // -- sending ------------------------------------------------------------------------------------------------
  async send() {
    const text = this.input.value.trim();
    if (this.form) return this.run();
    if (!text) return;
    if (text.startsWith("/") && !this.direct)
      return this.complain(`There is no command ${text.split(" ")[0]} here: pick one of the list.`);
    try {
      this.input.value = "";
      await this.say(text);
    } catch (error) {
      this.input.value = text;
      this.complain(error.message);
    }
  }

  async run() {
    const { form } = this;
    const { options, wrong } = form.read();
    this.complain(wrong ?? "");
    if (wrong) return;
    this.leave();
    this.input.focus();
    try {
      await this.submit(form.command.name, options);
    } catch (error) {
      this.complain(error.message);
      if (this.form || this.input.value) return;
      this.choose(form.command);
      this.form.fill(form);
    }
  }
}

function shownCommand(command) {
  const options = command.options
    .filter((option) => option.required)
    .map((option) => h("span", { class: "d-wants", text: option.name }));
  return [
    avatar("Guestlist", { bot: true, extra: "small" }),
    h(
      "span",
      { class: "d-what" },
      h("span", { class: "d-call" }, h("b", { text: `/${command.name}` }), options),
      h("small", { text: command.description }),
    ),
  ];
}
