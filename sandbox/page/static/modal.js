// A form that the bot opens: a dialog with its fields, which says what is wrong where one types.

import { focusNow, h } from "./dom.js";
import { act } from "./live.js";

const PARAGRAPH = 2;
const TEXT = 4;
const WAIT_SECONDS = 20;

/** Opens a form for `user`. `offered(field)`: what a select of people, roles or channels offers; `then(answer)`: what was answered. */
export function openForm(form, { user, offered, then }) {
  const fields = form.fields.map((field, at) => fieldOf(field, at, offered));
  const error = h("p", { class: "d-error", role: "alert" });
  const submit = h("button", { type: "submit", class: "d-button primary", data: { testid: "modal-submit" } }, "Submit");
  const cancel = h(
    "button",
    { type: "button", class: "d-button plain", on: { click: () => dialog.close() } },
    "Cancel",
  );
  const inside = h(
    "form",
    { method: "dialog", novalidate: true, autocomplete: "off" },
    h("h2", { id: "modal-title", text: form.title }),
    fields.map((field) => field.node),
    error,
    h("div", { class: "d-actions" }, cancel, submit),
  );
  const dialog = h(
    "dialog",
    { class: "d-modal", aria: { labelledby: "modal-title" }, data: { testid: "modal" } },
    inside,
  );
  inside.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fields.find((field) => field.required && !field.value().length);
    for (const field of fields) field.complain(field === wrong ? "This is required." : "");
    if (wrong) return wrong.input.focus();
    submit.disabled = true;
    try {
      const values = Object.fromEntries(fields.map((field) => [field.name, field.value()]));
      const answer = await act("/sandbox/discord/modal", {
        user,
        custom_id: form.custom_id,
        values,
        wait: WAIT_SECONDS,
      });
      if (answer.error) throw new Error(answer.error);
      dialog.close();
      then(answer);
    } catch (refused) {
      error.textContent = refused.message;
      submit.disabled = false;
    }
  });
  const giveBack = focusNow();
  dialog.addEventListener("close", () => {
    dialog.remove();
    giveBack();
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.input.focus();
}

function fieldOf(field, at, offered) {
  const id = `field-${at}`;
  const required = field.required !== false;
  const input = field.type === TEXT ? textInput(field, id) : selectInput(field, id, offered);
  const error = h("span", { class: "d-field-error", id: `${id}-error` });
  const star = required ? h("span", { class: "star", aria: { hidden: "true" }, text: " *" }) : null;
  const label = h("label", { for: id }, field.label ?? field.custom_id, star);
  input.setAttribute("aria-describedby", error.id);
  if (required) input.setAttribute("aria-required", "true");
  return {
    name: field.custom_id,
    node: h("div", { class: "d-form-field" }, label, input, error),
    input,
    required,
    value: () =>
      field.type === TEXT ? input.value : [...input.selectedOptions].map((option) => option.value).filter(Boolean),
    complain(text) {
      error.textContent = text;
      text ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
    },
  };
}

function textInput(field, id) {
  const attrs = {
    id,
    name: field.custom_id,
    maxlength: field.max_length ?? 4000,
    placeholder: field.placeholder ?? null,
    value: field.value ?? "",
    data: { testid: `modal-${field.custom_id}` },
  };
  return field.style === PARAGRAPH ? h("textarea", { ...attrs, rows: "4" }) : h("input", { type: "text", ...attrs });
}

function selectInput(field, id, offered) {
  const options = (field.options ?? offered(field)).map((one) =>
    h("option", { value: one.value, text: one.label, selected: Boolean(one.default) }),
  );
  const many = (field.max_values ?? 1) > 1;
  const none = many ? null : h("option", { value: "", text: field.placeholder ?? "Choose" });
  return h(
    "select",
    { id, name: field.custom_id, multiple: many, data: { testid: `modal-${field.custom_id}` } },
    none,
    options,
  );
}
