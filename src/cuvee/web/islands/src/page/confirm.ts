/**
 * Asks before something that cannot be undone. `data-confirm` on a form, on its button or on an element of htmx's is the
 * question and names the thing; `data-confirm-text` tells what will happen, `data-confirm-action` is the button's word.
 */

import { warn } from "./notices.ts";

interface HtmxConfirm {
  elt: Element;
  issueRequest(skipConfirmation: boolean): void;
}

const CHANGED = "The page has changed, and it is no longer what you were asked about. Nothing was done; look at it again.";
const answered = new WeakSet<HTMLFormElement>();

export function handleConfirmations(): void {
  // Before anybody else sees that the form was sent, htmx included.
  document.addEventListener("submit", onSubmit, { capture: true });
  document.addEventListener("htmx:confirm", (event) => {
    const { elt, issueRequest } = (event as CustomEvent<HtmxConfirm>).detail;
    if (!(elt instanceof HTMLElement) || elt instanceof HTMLFormElement || !elt.dataset["confirm"]) return;
    event.preventDefault();
    void ask(elt).then((yes) => yes && (elt.isConnected ? issueRequest(true) : warn(CHANGED)));
  });
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const asking = [event.submitter, form].find((each) => each instanceof HTMLElement && each.dataset["confirm"]);
  if (answered.delete(form) || !asking) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const meant = meaning(form, event.submitter);
  void ask(asking as HTMLElement).then((yes) => yes && send(form, meant));
}

/** Send what the reader was asked about. Meanwhile a live part may have taken the form away, or made it another thing's. */
function send(asked: HTMLFormElement, meant: string): void {
  for (const form of [asked, ...document.forms])
    for (const button of form.isConnected ? submitters(form) : [])
      if (meaning(form, button) === meant) {
        answered.add(form);
        form.requestSubmit(button);
        return;
      }
  warn(CHANGED);
}

/** Where a form is sent to, and with what. */
function meaning(form: HTMLFormElement, submitter: HTMLElement | null): string {
  const target = ["method", "action", "hx-post"].map((name) => form.getAttribute(name));
  return JSON.stringify([target, [...new FormData(form, submitter)]]);
}

/** What can send a form: its buttons, and the Enter key in one that has none. */
function submitters(form: HTMLFormElement): (HTMLElement | null)[] {
  const buttons = form.querySelectorAll<HTMLElement>("button:not([type]), [type=submit]");
  return buttons.length > 0 ? [...buttons] : [null];
}

/** Whether the reader says yes. The focus begins on *Cancel* and goes back to where it was. */
async function ask(about: HTMLElement): Promise<boolean> {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm";
  dialog.setAttribute("aria-labelledby", "confirm-question");
  const form = document.createElement("form");
  form.method = "dialog";
  const question = text("h2", about.dataset["confirm"] ?? "", "");
  question.id = "confirm-question";
  form.append(question);
  if (about.dataset["confirmText"]) {
    const told = text("p", about.dataset["confirmText"], "text-secondary");
    told.id = "confirm-text";
    dialog.setAttribute("aria-describedby", told.id);
    form.append(told);
  }
  const buttons = text("div", "", "dialog-actions");
  const action = about.dataset["confirmAction"] ?? (about.textContent?.trim() || "Yes");
  buttons.append(choice("Cancel", "", "btn"), choice(action, "yes", "btn btn-danger"));
  form.append(buttons);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
  });
}

function text(kind: "h2" | "p" | "div", content: string, style: string): HTMLElement {
  const element = document.createElement(kind);
  element.className = style;
  element.textContent = content;
  return element;
}

function choice(name: string, value: string, style: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.className = style;
  button.value = value;
  button.textContent = name;
  return button;
}
