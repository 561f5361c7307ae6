// A form as a dialog: labels, hints, errors beside their field, and words that are never lost.

import { byId, el } from "./dom.js";

// What somebody typed into a form and did not send, by person and form.
const kept = new Map();

// Opens the form. `send(fields)` resolves with the bot's reply; a refusal keeps the form open.
export function openForm(form, you, send) {
  const dialog = byId("form-dialog");
  const draft = kept.get(`${you}:${form.title}`) ?? {};
  const fields = form.fields.map((field) => drawField(field, draft[field.key] ?? field.value));
  const alert = el("p", { class: "error", role: "alert" });
  const submit = el("button", { type: "submit", class: "primary" }, form.submit);
  const cancel = el("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const body = el(
    "form",
    { novalidate: true },
    el("h2", { id: "form-title" }, form.title),
    form.intro && el("p", { class: "quiet" }, form.intro),
    fields,
    alert,
    el("div", { class: "choices" }, cancel, submit),
  );
  body.addEventListener("submit", (event) => {
    event.preventDefault();
    handIn(dialog, body, form, you, send, { alert, submit });
  });
  dialog.onclose = () => kept.set(`${you}:${form.title}`, filled(body, form));
  dialog.replaceChildren(body);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  body.querySelector("input:not([type=radio]), textarea, input:checked, input")?.focus();
}

async function handIn(dialog, body, form, you, send, { alert, submit }) {
  clearErrors(body, alert);
  submit.disabled = true;
  const reply = await send(filled(body, form));
  submit.disabled = false;
  if (reply.refused) return showError(body, alert, reply);
  dialog.onclose = null;
  kept.delete(`${you}:${form.title}`);
  dialog.close();
  if (reply.form) openForm(reply.form, you, reply.send);
}

function filled(body, form) {
  const data = new FormData(body);
  return Object.fromEntries(form.fields.map((field) => [field.key, String(data.get(field.key) ?? "")]));
}

function clearErrors(body, alert) {
  alert.textContent = "";
  for (const node of body.querySelectorAll(".field-error")) node.textContent = "";
  for (const node of body.querySelectorAll("[aria-invalid]")) node.removeAttribute("aria-invalid");
}

function showError(body, alert, reply) {
  const beside = reply.field && body.querySelector(`[data-field="${CSS.escape(reply.field)}"]`);
  if (!beside) {
    alert.textContent = reply.refused;
    return;
  }
  beside.querySelector(".field-error").textContent = reply.refused;
  const control = beside.querySelector("input, textarea");
  control.setAttribute("aria-invalid", "true");
  control.focus();
}

function drawField(field, value) {
  const draw = field.kind === "choice" ? choices : writing;
  return el("div", { class: "field", "data-field": field.key }, draw(field, value));
}

function writing(field, value) {
  const id = `field-${field.key}`;
  const control = drawControl(field, id);
  control.value = value;
  return [
    el("label", { for: id }, field.label),
    el("p", { class: "quiet", id: `${id}-hint` }, hint(field)),
    control,
    el("p", { class: "error field-error", id: `${id}-error`, role: "alert" }),
    field.kind === "zone" && zones(),
  ];
}

function drawControl(field, id) {
  const shared = {
    id,
    name: field.key,
    "aria-describedby": `${id}-hint ${id}-error`,
    "aria-required": String(field.required),
  };
  if (field.kind === "text") return el("textarea", { ...shared, rows: "3" });
  return el("input", { ...shared, type: "text", list: field.kind === "zone" && "zones" });
}

function choices(field, value) {
  const id = `field-${field.key}`;
  return el(
    "fieldset",
    { "aria-describedby": `${id}-error` },
    el("legend", {}, field.label),
    hint(field) && el("p", { class: "quiet" }, hint(field)),
    field.choices.map((choice) => radio(field.key, choice, choice.value === value)),
    el("p", { class: "error field-error", id: `${id}-error`, role: "alert" }),
  );
}

function hint(field) {
  return [field.hint, !field.required && "Optional."].filter(Boolean).join(" ");
}

function radio(name, choice, checked) {
  const control = el("input", { type: "radio", name, value: choice.value });
  control.checked = checked;
  return el("label", { class: "check" }, control, ` ${choice.label}`);
}

// The browser's own list of zones: asking for it needs no network.
function zones() {
  const names = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
  return el("datalist", { id: "zones" }, names.map((name) => el("option", { value: name })));
}
