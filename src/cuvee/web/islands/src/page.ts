/** What every page loads: htmx, menus, and the behaviours that hang on `data-*` attributes. */

import "bootstrap/js/src/collapse.js";
import "bootstrap/js/src/dropdown.js";
import "./page/htmx.ts";
