/**
 * MLflow's client prints links to its own page, `/#/experiments/<id>/runs/<id>`; the part behind `#` is the address of ours. The server
 * never hears of it, so whichever page was answered leads on.
 */

const ADDRESS = /^#(\/(?:experiments|models)\/[^/#?][^#?]*)/;

export function handleMlflowLinks(): void {
  leadOn();
  addEventListener("hashchange", leadOn);
}

function leadOn(): void {
  const path = ADDRESS.exec(location.hash)?.[1];
  if (path) location.replace(path);
}
