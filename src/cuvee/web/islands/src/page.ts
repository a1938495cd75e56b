/** What every page loads: htmx, menus, and the behaviours that hang on `data-*` attributes. docs/internals/pages.md lists them. */

import "bootstrap/js/src/collapse.js";
import "bootstrap/js/src/dropdown.js";
import "./page/htmx.ts";
import { handleBusyForms } from "./page/busy.ts";
import { handleConfirmations } from "./page/confirm.ts";
import { handleCopying } from "./page/copy.ts";
import { handleDialogs } from "./page/dialogs.ts";
import { handleFinding } from "./page/find.ts";
import { handleMlflowLinks } from "./page/mlflow-links.ts";
import { handleRefusals } from "./page/notices.ts";
import { handleRows } from "./page/rows.ts";
import { handleSignInLinks } from "./page/sign-in.ts";
import { handleSnippets } from "./page/snippets.ts";
import { handleThemes } from "./page/themes.ts";
import { handleTimes } from "./page/times.ts";
import { handleUploads } from "./page/upload.ts";
import { keepLive } from "./page/live.ts";
import { morphLiveParts } from "./page/morph.ts";

handleMlflowLinks();
handleRefusals();
handleConfirmations();
handleBusyForms();
handleDialogs();
handleCopying();
handleTimes();
handleThemes();
handleSignInLinks();
handleFinding();
morphLiveParts();
handleRows();
handleSnippets();
handleUploads();
keepLive();
