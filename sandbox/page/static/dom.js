// Small helpers over the DOM. Data becomes text nodes and attributes only, never markup.

/**
 * An element. `attrs`: `class`, `text`, `on` ({event: listener}), `data` (data-*), `aria` (aria-*), properties that no
 * attribute shows (`value`, `checked`, `disabled`, `hidden`), and any other attribute. Null and false leave one out.
 */
export function h(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs ?? {})) set(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected", "readOnly"]);

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.className = value;
  else if (name === "text") node.textContent = value;
  else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else if (name === "data") for (const [key, datum] of Object.entries(value)) set(node, `data-${key}`, datum);
  else if (name === "aria")
    for (const [key, told] of Object.entries(value))
      told !== null && told !== undefined && node.setAttribute(`aria-${key}`, String(told));
  else if (PROPERTIES.has(name)) node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** The element of this id; it is a bug if it is not there. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no #${id}.`);
  return node;
}

/** A decorative icon out of the template `icon-NAME`, so that no script holds markup. */
export function icon(name) {
  const template = byId(`icon-${name}`);
  return template.content.firstElementChild.cloneNode(true);
}

/**
 * Makes the children of `parent` those of `items`, in order. A child is kept while `same(item)` is what it was: what
 * somebody types into, has focused or reads stays untouched when the world comes again. In a child that is made again, focus
 * goes to the part with the same `data-focus`.
 */
export function keyed(parent, items, { key, same = JSON.stringify, make }) {
  const present = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const mark = same(item);
    let child = present.get(name);
    present.delete(name);
    if (!child || child.mark !== mark) {
      const made = make(item, child);
      made.dataset.key = name;
      made.mark = mark;
      if (child) {
        if (child === place) place = child.nextElementSibling;
        replace(child, made);
      }
      child = made;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const gone of present.values()) gone.remove();
}

function replace(child, made) {
  const focused = child.contains(document.activeElement) ? document.activeElement.closest("[data-focus]") : null;
  if (child === made) return;
  child.replaceWith(made);
  if (focused) made.querySelector(`[data-focus="${CSS.escape(focused.dataset.focus)}"]`)?.focus();
}

/** What has the focus now. The answer gives it back, also where that was drawn again since; false when it is gone. */
export function focusNow() {
  const node = document.activeElement;
  const part = node?.dataset.focus && `[data-focus="${CSS.escape(node.dataset.focus)}"]`;
  const message = node?.closest("[data-id]")?.dataset.id;
  return () => {
    const redrawn = part && document.querySelector(message ? `[data-id="${CSS.escape(message)}"] ${part}` : part);
    const found = node?.isConnected ? node : redrawn;
    found?.focus();
    return Boolean(found);
  };
}

const NAMES = 8;

/** A face for somebody without a picture: her initials on a colour that is always hers. */
export function avatar(name, { extra = "", bot = false } = {}) {
  const kind = bot ? "avatar-bot" : `avatar-${sum(name) % NAMES}`;
  return h("span", { class: `avatar ${kind} ${extra}`, aria: { hidden: "true" } }, bot ? icon("bot") : initials(name));
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : name.slice(0, 1)).toUpperCase();
}

function sum(text) {
  let total = 7;
  for (const letter of text) total = (total * 31 + letter.codePointAt(0)) % 9973;
  return total;
}

const END_PX = 60;

/** Keeps a list of messages at its end while somebody is there, also when its room shrinks; who scrolled up stays there. */
export class AtEnd {
  constructor(log) {
    this.log = log;
    this.there = true;
    log.addEventListener("scroll", () => {
      this.there = log.scrollHeight - log.scrollTop - log.clientHeight < END_PX;
    });
    new ResizeObserver(() => this.keep()).observe(log);
  }

  /** Goes to the end if one was there; `always`: from wherever. */
  keep({ always = false } = {}) {
    if (always) this.there = true;
    if (this.there) this.log.scrollTop = this.log.scrollHeight;
  }
}

/** Says something to a screen reader that sighted people see happen. */
export function announce(text) {
  byId("said").textContent = text;
}
