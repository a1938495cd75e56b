/** A run's page: curves, spark lines, and sections that stay as they were left. */

import "./charts.ts";
import htmx from "./page/htmx.ts";
import { keepSections } from "./run/sections.ts";

keepSections(document);
htmx.onLoad((added) => keepSections(added as ParentNode));
