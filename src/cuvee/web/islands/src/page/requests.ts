/** What htmx tells about a request that was answered, as far as we read it. */

export interface Asking {
  elt: Element;
  xhr: XMLHttpRequest;
  requestConfig: { triggeringEvent?: Event };
}

export interface Swapping extends Asking {
  shouldSwap: boolean;
  isError: boolean;
  swapOverride?: string;
}

/** Whether a part asked for itself anew, because something changed or as time went by, and no reader for anything. */
export function isLive(asking: Asking): boolean {
  const cause = asking.requestConfig?.triggeringEvent;
  return cause ? cause.type === "live" : asking.elt.matches("[data-live]");
}

/** Whether a part asks for itself as soon as it is on the page: nobody tried anything. */
export function asksByItself(asking: Asking): boolean {
  return asking.elt.getAttribute("hx-trigger")?.startsWith("load") ?? false;
}
