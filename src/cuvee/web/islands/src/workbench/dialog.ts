/** Asking: a confirmation, or a name. The focus goes back to where it was. */

import { make } from "./dom.ts";

interface Question {
  title: string;
  text?: string;
  /** The words on the buttons and what they mean; the last is the one that Enter takes. */
  choices: { name: string; value: string; isDangerous?: boolean }[];
  /** A field with this value, when a name is asked for. */
  field?: { label: string; value: string };
}

export interface Answer {
  choice: string;
  text: string;
}

/** What the reader chose; an empty choice for Cancel. */
export function ask(question: Question): Promise<Answer> {
  const field =
    question.field &&
    make("input", {
      class: "form-control",
      value: question.field.value,
      "aria-label": question.field.label,
      autocomplete: "off",
      spellcheck: "false",
    });
  const buttons = question.choices.map(({ name, value, isDangerous }, at) => {
    const style = isDangerous ? "btn btn-danger" : at === question.choices.length - 1 ? "btn btn-primary" : "btn";
    return make("button", { type: "submit", value, class: style }, name);
  });
  const cancel = make("button", { type: "button", class: "btn" }, "Cancel");
  const form = make("form", { method: "dialog" }, make("h2", { class: "wb-dialog-title" }, question.title));
  if (question.text) form.append(make("p", { class: "text-secondary" }, question.text));
  if (field) form.append(field);
  form.append(make("div", { class: "dialog-actions" }, cancel, ...buttons));
  const dialog = make("dialog", { class: "confirm", "aria-label": question.title }, form);
  document.body.append(dialog);
  cancel.addEventListener("click", () => dialog.close(""));
  // Enter in the field takes the last choice.
  field?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    dialog.close(question.choices.at(-1)?.value ?? "");
  });
  dialog.showModal();
  (field ?? cancel).focus();
  field?.setSelectionRange(0, field.value.lastIndexOf(".") > 0 ? field.value.lastIndexOf(".") : field.value.length);
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer({ choice: dialog.returnValue, text: field?.value.trim() ?? "" });
    });
  });
}

/** Whether something that cannot be undone is to be done. */
export async function confirm(title: string, text: string, action: string): Promise<boolean> {
  return (await ask({ title, text, choices: [{ name: action, value: "yes", isDangerous: true }] })).choice === "yes";
}

/** Say that something did not work, at the head of the page. */
export function complain(error: unknown): void {
  const sentence = error instanceof Error ? error.message : String(error);
  const close = make("button", { type: "button", class: "btn-close", "aria-label": "Close" });
  const box = make("div", { class: "alert alert-danger alert-dismissible", role: "alert" }, sentence, close);
  close.addEventListener("click", () => box.remove());
  document.querySelector("#notices")?.replaceChildren(box);
}
