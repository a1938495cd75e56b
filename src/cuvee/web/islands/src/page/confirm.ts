/**
 * Asks before something that cannot be undone. `data-confirm` on a form, on its button or on an element of htmx's is the
 * question and names the thing; `data-confirm-text` tells what will happen, `data-confirm-action` is the button's word.
 */

interface HtmxConfirm {
  elt: Element;
  issueRequest(skipConfirmation: boolean): void;
}

const answered = new WeakSet<HTMLFormElement>();

export function handleConfirmations(): void {
  // Before anybody else sees that the form was sent, htmx included.
  document.addEventListener("submit", onSubmit, { capture: true });
  document.addEventListener("htmx:confirm", (event) => {
    const { elt, issueRequest } = (event as CustomEvent<HtmxConfirm>).detail;
    if (!(elt instanceof HTMLElement) || elt instanceof HTMLFormElement || !elt.dataset["confirm"]) return;
    event.preventDefault();
    void ask(elt).then((yes) => yes && issueRequest(true));
  });
}

function onSubmit(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const asking = [event.submitter, form].find((each) => each instanceof HTMLElement && each.dataset["confirm"]);
  if (answered.delete(form) || !asking) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void ask(asking as HTMLElement).then((yes) => {
    if (!yes) return;
    answered.add(form);
    form.requestSubmit(event.submitter);
  });
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
