// A command with its options: a chip for each, with choices, completion, and what is wrong said at once.

import { byId, h } from "./dom.js";
import { Listbox } from "./listbox.js";
import { act, me } from "./live.js";

const AT_ONCE = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const NUMBER = 10;
const USERS = new Set([6, 9]);
const CHANNELS = new Set([7]);
const ROLES = new Set([8, 9]);

/** The options of one command, while somebody fills them in. */
export class CommandForm {
  constructor(command, around) {
    this.command = command;
    this.around = around;
    this.chips = [];
    this.all = false;
    this.box = byId("d-options");
    const required = command.options.filter((option) => option.required);
    this.box.replaceChildren();
    for (const option of required) this.add(option);
    this.offerMore();
  }

  focus() {
    this.chips.length ? this.chips[0].input.focus() : this.bare();
  }

  // Without an option to fill in, Enter and Backspace still need something that holds the focus.
  bare() {
    const name = `/${this.command.name}: Enter runs it`;
    const input = h("input", {
      class: "d-bare",
      readonly: true,
      aria: { label: name, describedby: "d-hint" },
      data: { testid: "command-run" },
    });
    this.box.prepend(input);
    input.focus();
    this.tell(`${this.command.description}. Enter runs it.`);
  }

  close() {
    this.box.replaceChildren();
    byId("d-popup").hidden = true;
    this.tell("");
  }

  tell(text) {
    byId("d-hint").textContent = text;
  }

  /** Whether Backspace here leaves the command: in the first option, which is empty. */
  isAtBegin(target) {
    if (target.classList.contains("d-bare")) return true;
    return this.chips[0]?.input === target && !target.value;
  }

  // -- chips --------------------------------------------------------------------------------------------------
  add(option) {
    const id = `option-${option.name}`;
    const input = h("input", {
      id,
      type: "text",
      size: "1",
      aria: { required: option.required || null, describedby: "d-hint d-error" },
      data: { testid: id },
      inputmode: { [INTEGER]: "numeric", [NUMBER]: "decimal" }[option.type] ?? null,
    });
    const star = option.required ? h("span", { class: "star", aria: { hidden: "true" }, text: "*" }) : null;
    const remove = option.required
      ? null
      : h(
          "button",
          {
            type: "button",
            class: "d-remove",
            aria: { label: `Leave out ${option.name}` },
            on: { click: () => this.remove(chip) },
          },
          "×",
        );
    const node = h("span", { class: "d-option" }, h("label", { for: id }, option.name, star), input, remove);
    const chip = { option, input, node, picked: null };
    input.addEventListener("focus", () => this.entered(chip));
    input.addEventListener("input", () => this.clear(chip));
    this.attach(chip);
    this.chips.push(chip);
    this.box.querySelector(".d-bare")?.remove();
    this.box.insertBefore(node, this.box.querySelector(".d-more"));
    return chip;
  }

  attach(chip) {
    const { option } = chip;
    if (!option.autocomplete && !this.offered(option)) return;
    chip.list = new Listbox(chip.input, byId("d-popup"), {
      label: `Choices for ${option.name}`,
      slow: option.autocomplete,
      load: (text) => this.choices(chip, text),
      show: (choice) => [h("span", { class: "d-choice", text: choice.name })],
      pick: (choice) => this.pick(chip, choice),
    });
  }

  entered(chip) {
    const { option } = chip;
    this.tell(`${option.name}: ${option.description}${option.required ? " (required)" : ""}`);
    if (chip.list && !chip.picked) chip.list.refresh();
  }

  clear(chip) {
    chip.picked = null;
    chip.input.removeAttribute("aria-invalid");
    byId("d-error").textContent = "";
  }

  remove(chip) {
    this.chips = this.chips.filter((one) => one !== chip);
    chip.list?.close();
    chip.node.remove();
    this.offerMore();
    this.chips.length ? this.chips.at(-1).input.focus() : this.bare();
  }

  // What may be given too, behind the chips: a few at once, the rest when asked for.
  offerMore() {
    this.box.querySelector(".d-more")?.remove();
    const left = this.command.options.filter((option) => !this.chips.some((chip) => chip.option.name === option.name));
    if (!left.length) return;
    const add = (option) => {
      const chip = this.add(option);
      this.offerMore();
      chip.input.focus();
    };
    const shown = this.all || left.length <= AT_ONCE + 1 ? left : left.slice(0, AT_ONCE);
    const buttons = shown.map((option) =>
      h(
        "button",
        {
          type: "button",
          data: { testid: `add-${option.name}` },
          title: option.description,
          on: { click: () => add(option) },
        },
        `+ ${option.name}`,
      ),
    );
    if (shown !== left)
      buttons.push(
        h(
          "button",
          { type: "button", data: { testid: "add-more" }, on: { click: () => this.offerAll() } },
          `${left.length - AT_ONCE} more…`,
        ),
      );
    this.box.append(h("span", { class: "d-more", role: "group", aria: { label: "Optional" } }, buttons));
  }

  offerAll() {
    this.all = true;
    this.offerMore();
    this.box.querySelectorAll(".d-more button")[AT_ONCE]?.focus();
  }

  // -- choices --------------------------------------------------------------------------------------------------
  offered(option) {
    if (option.choices) return option.choices;
    if (option.type === BOOLEAN)
      return [
        { name: "True", value: true },
        { name: "False", value: false },
      ];
    const { guild } = this.around.world.discord;
    const found = [];
    if (USERS.has(option.type)) found.push(...guild.members.map((one) => ({ name: `@${one.name}`, value: one.id })));
    if (CHANNELS.has(option.type))
      found.push(...guild.channels.filter((one) => one.open).map((one) => ({ name: `#${one.name}`, value: one.id })));
    if (ROLES.has(option.type))
      found.push(
        ...guild.roles.filter((one) => one.id !== guild.id).map((one) => ({ name: `@${one.name}`, value: one.id })),
      );
    return found.length ? found : null;
  }

  async choices(chip, text) {
    const { option } = chip;
    const term = text.toLowerCase().replace(/^[@#]/, "");
    if (!option.autocomplete) return this.offered(option).filter((choice) => choice.name.toLowerCase().includes(term));
    const options = { ...this.given(), [option.name]: text };
    const place = { user: me().discord, channel: this.around.channel?.id };
    try {
      const answer = await act("/sandbox/discord/autocomplete", {
        ...place,
        name: this.command.name,
        options,
        focused: option.name,
      });
      if (answer.error) byId("d-error").textContent = "Loading options failed: is the bot online?";
      return answer.choices;
    } catch (error) {
      byId("d-error").textContent = error.message;
      return null;
    }
  }

  pick(chip, choice) {
    chip.input.value = choice.name;
    this.clear(chip);
    chip.picked = choice;
    const next = this.chips.find((one) => one.option.required && !one.input.value);
    if (next) next.input.focus();
  }

  // -- reading ------------------------------------------------------------------------------------------------
  given() {
    const filled = this.chips.filter((chip) => chip.input.value.trim());
    return Object.fromEntries(filled.map((chip) => [chip.option.name, this.valueOf(chip)]));
  }

  valueOf(chip) {
    if (chip.picked) return chip.picked.value;
    const text = chip.input.value.trim();
    const list = chip.option.autocomplete ? null : this.offered(chip.option);
    const bare = (name) => name.toLowerCase().replace(/^[@#]/, "");
    if (list) return list.find((choice) => bare(choice.name) === bare(text))?.value;
    if (chip.option.type === INTEGER || chip.option.type === NUMBER)
      return text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    return text;
  }

  /** The options to send, or in `wrong` the sentence that says what is missing; the focus is there then. */
  read() {
    for (const chip of this.chips) {
      const text = chip.input.value.trim();
      const { name, required } = chip.option;
      let wrong = required && !text ? `${name} is required: ${chip.option.description}.` : null;
      if (text && this.valueOf(chip) === undefined)
        wrong = chip.list ? `${name}: choose one of the list.` : `${name} is a number.`;
      if (!wrong) continue;
      chip.input.setAttribute("aria-invalid", "true");
      chip.input.focus();
      return { options: {}, wrong };
    }
    return { options: this.given() };
  }

  /** Takes over what was typed into another form of the same command. */
  fill(other) {
    for (const old of other.chips) {
      const chip = this.chips.find((one) => one.option.name === old.option.name) ?? this.add(old.option);
      chip.input.value = old.input.value;
      chip.picked = old.picked;
    }
    this.offerMore();
    this.chips.at(-1)?.input.focus();
  }
}
