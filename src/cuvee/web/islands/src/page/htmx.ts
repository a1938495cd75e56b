/** htmx, for other modules to import from one place. Its settings are in the page's `<meta name="htmx-config">`. */

import htmx from "htmx.org";

export default htmx;
