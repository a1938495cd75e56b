/**
 * A link that signs in: its code stands in the fragment, which no server and no other page is told. It is taken out of the address
 * and sent by the form `[data-sign-in-link]`.
 */

export function handleSignInLinks(): void {
  useCode();
  // The link was opened where the page was there already.
  addEventListener("hashchange", useCode);
}

function useCode(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-sign-in-link]");
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  const field = form?.elements.namedItem("code");
  if (!form || !code || !(field instanceof HTMLInputElement)) return;
  history.replaceState(null, "", location.pathname + location.search);
  field.value = code;
  form.hidden = false;
  form.submit();
}
