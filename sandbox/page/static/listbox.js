// An input with a list of what it could become: the slash menu, choices of an option, a menu of commands.

import { h } from "./dom.js";

const PAUSE_MS = 120;
let made = 0;

/**
 * Attaches a list to an input. `load(text)` answers items (or a promise of them; null closes the list), `show(item)` the nodes of one,
 * `pick(item)` takes one; `slow` waits for a pause in typing. Arrows move, Enter and Tab pick, Esc closes.
 */
export class Listbox {
  constructor(input, list, { load, show, pick, label, slow = false }) {
    Object.assign(this, { input, list, load, show, pick, slow, label });
    this.items = [];
    this.active = -1;
    this.asked = 0;
    this.number = made += 1;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("autocomplete", "off");
    this.close();
    input.addEventListener("input", () => this.refresh());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
  }

  get isOpen() {
    return this.input.getAttribute("aria-expanded") === "true";
  }

  /** Looks again for what fits the text. */
  async refresh() {
    const asked = (this.asked += 1);
    if (this.slow) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (asked !== this.asked) return;
    const items = await this.load(this.input.value);
    if (asked !== this.asked || document.activeElement !== this.input) return;
    items?.length ? this.open(items) : this.close();
  }

  open(items) {
    this.items = items;
    this.list.replaceChildren(...items.map((item, at) => this.option(item, at)));
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.label);
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", this.list.id);
    this.move(0);
  }

  close() {
    this.asked += 1;
    this.items = [];
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-controls");
    this.input.removeAttribute("aria-activedescendant");
    // Another input may have opened the list meanwhile: it is theirs then.
    if (!this.list.dataset.owner || this.list.dataset.owner === String(this.number)) this.list.hidden = true;
  }

  option(item, at) {
    this.list.dataset.owner = String(this.number);
    const option = h(
      "li",
      {
        role: "option",
        id: `${this.list.id}-${this.number}-${at}`,
        aria: { selected: "false" },
        data: { testid: "option" },
      },
      this.show(item),
    );
    option.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps its focus
    option.addEventListener("click", () => this.take(at));
    option.addEventListener("mousemove", () => at !== this.active && this.move(at));
    return option;
  }

  move(to) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = (to + this.items.length) % this.items.length;
    const option = this.list.children[this.active];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  take(at) {
    const item = this.items[at];
    this.close();
    this.pick(item);
  }

  pressed(event) {
    if (event.isComposing) return;
    if (!this.isOpen) {
      if (event.key === "ArrowDown") this.refresh();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.move(this.active + step);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) this.take(this.active);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation(); // who listens for the same key after us does not hear of it
  }
}
