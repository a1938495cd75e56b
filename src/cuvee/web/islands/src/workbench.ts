/** The session's page: files, editor, console, terminal, put together. Each part is a module of its own. */

import "./workbench/frame.css";
import "./workbench/panes.css";
import "./workbench/files.css";
import "./workbench/console.css";
import "./workbench/prompt.css";
import "./workbench/terminal.css";
import "./workbench/code.css";
import "./workbench/narrow.css";
import { Api } from "./workbench/api.ts";
import { Transcript } from "./workbench/console.ts";
import { complain } from "./workbench/dialog.ts";
import { byId } from "./workbench/dom.ts";
import { Editor } from "./workbench/editor.ts";
import { IdleWarning } from "./workbench/idle.ts";
import { Header } from "./workbench/header.ts";
import { Logs } from "./workbench/logs.ts";
import { Panes } from "./workbench/panes.ts";
import { Prompt } from "./workbench/prompt.ts";
import { SideTabs } from "./workbench/side.ts";
import { SessionStream } from "./workbench/stream.ts";
import type { SessionTerminal } from "./workbench/terminal.ts";
import { Tree } from "./workbench/tree.ts";
import { showConnection } from "./page/connection.ts";

const host = byId("workbench");
const { session: sessionId = "", project = "", mayRun, mayReadFiles, mayWriteFiles } = host.dataset;
const api = new Api(project, sessionId);
const transcript = new Transcript(api);
const panes = new Panes();
const header = new Header(api, () => transcript.note("The kernel was started anew: its variables are gone."));
const idle = new IdleWarning(api);
let terminal: SessionTerminal | null = null;
let state = "";

async function run(what: { code: string } | { file: string }): Promise<boolean> {
  try {
    const execution = await api.run(what);
    side.show("console");
    panes.show("console");
    transcript.take(execution);
    transcript.scrollToEnd();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

const prompt = new Prompt(api, { run: (code) => run({ code }), inputs: () => transcript.inputs });
const editor = new Editor(api, { run, saved: () => void tree.refresh(), mayWrite: Boolean(mayWriteFiles) });
const tree = new Tree(api, {
  open: (path) => {
    panes.show("editor");
    void editor.open(path);
  },
  moved: (from, to) => editor.moved(from, to),
  mayWrite: Boolean(mayWriteFiles),
});
const logs = new Logs(api, byId("wb-logs"));
const side = new SideTabs((shown) => {
  logs.look(shown === "logs");
  if (shown === "terminal") void openTerminal();
  else if (shown === "console") transcript.scrollToEnd();
});

async function openTerminal(): Promise<void> {
  if (state !== "running") {
    if (!terminal) byId("wb-terminal").textContent = "The terminal opens when the session runs.";
    return;
  }
  try {
    const { SessionTerminal } = await import("./workbench/terminal.ts");
    terminal ??= new SessionTerminal(sessionId, byId("wb-terminal"));
    terminal.focus();
  } catch (error) {
    complain(error);
  }
}

let looksAgain: ReturnType<typeof setTimeout> | undefined;
/** Something ran: it may have written files. */
function lookAgain(): void {
  clearTimeout(looksAgain);
  looksAgain = setTimeout(() => {
    void tree.refresh();
    void editor.reread();
  }, 300);
}

const stream = new SessionStream(`${api.session}/transcript`, {
  session: (session) => {
    const isNew = state !== session.status;
    state = session.status;
    header.take(session);
    idle.take(session);
    prompt.enable(Boolean(mayRun) && state === "running");
    editor.enableRunning(Boolean(mayRun) && state === "running");
    if (isNew && state === "running" && mayRun && window.innerWidth > 900) prompt.focus();
    if (state === "stopped" || state === "failed") terminal?.end();
    if (isNew && state === "running" && !byId("wb-terminal").hidden) void openTerminal();
  },
  execution: (execution) => {
    transcript.take(execution);
    header.busy(transcript.isBusy);
    idle.ran(execution, transcript.isBusy);
    if (execution.finished_at) lookAgain();
  },
  output: (output) => transcript.hear(output),
  earlier: (count) => transcript.showEarlier(count),
  connected: (isThere) => showConnection(isThere ? "there" : "away"),
});

if (mayRun) byId("wb-prompt").before(idle.element);
prompt.enable(false);
stream.open();
if (mayReadFiles) void tree.refresh();
