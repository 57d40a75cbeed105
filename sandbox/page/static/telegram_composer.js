// Telegram's foot: Start, the menu of commands, a reply keyboard, and what one writes.

import { byId, h, keyed } from "./dom.js";
import { Listbox } from "./listbox.js";

/** One composer. `say(text, replyTo)` and `start()` throw Error for the person. */
export class TelegramComposer {
  constructor({ say, start }) {
    this.say = say;
    this.start = start;
    this.input = byId("t-input");
    this.around = null;
    this.menu = new Listbox(this.input, byId("t-popup"), {
      label: "The bot's commands",
      load: (text) => this.matching(text),
      show: (one) => [h("b", { text: `/${one.command}` }), h("small", { text: one.description })],
      pick: (one) => this.send(`/${one.command}`),
    });
    byId("t-box").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.input.value);
    });
    this.input.addEventListener("input", () => this.complain(""));
    byId("t-menu").addEventListener("mousedown", (event) => event.preventDefault()); // else the list closes, then opens
    byId("t-menu").addEventListener("click", () => this.toggle());
    byId("t-start").addEventListener("click", () => this.begin());
  }

  /** What is around it now. What was typed stays. */
  update({ chat, telegram, payload, who }) {
    const bot = chat.id === "private";
    const place = `${who} ${chat.id}`;
    if (this.place !== place) {
      this.complain("");
      this.input.value = "";
      this.menu.close();
    }
    this.place = place;
    this.around = { chat, telegram, bot };
    const starting = bot && (!telegram.started || telegram.blocked || payload !== null);
    byId("t-foot").hidden = !chat.inside;
    byId("t-start").hidden = !starting;
    byId("t-box").hidden = starting;
    byId("t-menu").hidden = !bot || !telegram.commands.length;
    this.keys(bot && !starting ? chat.messages : []);
  }

  complain(text) {
    byId("t-error").textContent = text;
  }

  // The newest keyboard of the bot's holds until it is taken away, a question to be answered only while it is the newest.
  keys(messages) {
    const last = messages.findLast((message) => message.bot);
    const held = messages.findLast((message) => message.keyboard && !message.keyboard.force_reply)?.keyboard;
    const rows = held?.keyboard ?? [];
    byId("t-keys").hidden = !rows.length;
    const indexed = rows.map((row, at) => ({ at, row }));
    const key = (text) => h("button", { type: "button", on: { click: () => this.send(text) } }, text);
    keyed(byId("t-keys"), indexed, { key: (one) => one.at, make: ({ row }) => h("div", {}, row.map(key)) });
    this.asked = last?.keyboard?.force_reply && messages.at(-1) === last ? last : null;
    this.input.placeholder = this.asked?.keyboard.input_field_placeholder ?? held?.input_field_placeholder ?? "Message";
  }

  matching(text) {
    if (!text.startsWith("/") || !this.around?.bot) return null;
    const term = text.slice(1).toLowerCase();
    return this.around.telegram.commands.filter((one) => one.command.startsWith(term));
  }

  toggle() {
    if (this.menu.isOpen) return this.menu.close();
    this.input.focus();
    this.menu.open(this.around.telegram.commands);
  }

  async begin() {
    this.input.focus();
    try {
      await this.start();
      byId("t-box").hidden = false;
      byId("t-start").hidden = true;
      this.input.focus();
    } catch (error) {
      this.complain(error.message);
    }
  }

  /** Sends a text, typed or pressed. */
  async send(text) {
    const written = text.trim();
    if (!written) return;
    const replyTo = this.asked?.message;
    this.menu.close();
    this.complain("");
    this.input.value = "";
    this.input.focus();
    try {
      await this.say(written, replyTo);
    } catch (error) {
      this.input.value = written;
      this.complain(error.message);
    }
  }
}
