/** The project's files: folders open when they are asked for; new, upload, rename, delete, refresh. */

import { arrange } from "../page/arrange.ts";
import type { Api, FileInfo } from "./api.ts";
import { ask, complain, confirm } from "./dialog.ts";
import { byId, icon, make, tool } from "./dom.ts";

interface Wishes {
  open(path: string): void;
  moved(from: string, to: string | null): void;
  mayWrite: boolean;
}

const HIDDEN_KEY = "workbench-hidden-files";
const MOST_SHOWN = 1_000;

export class Tree {
  private readonly api: Api;
  private readonly wishes: Wishes;
  private readonly host = byId("wb-tree");
  private readonly folders = new Map<string, FileInfo[]>();
  private readonly opened = new Set<string>([""]);
  /** The rows on the screen by what they show: one that is still right stays, so that a click on it does not go astray. */
  private shown = new Map<string, HTMLElement>();
  private showsHidden = localStorage.getItem(HIDDEN_KEY) === "yes";
  private selected = "";
  private readonly picker = make("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to upload" });

  constructor(api: Api, wishes: Wishes) {
    this.api = api;
    this.wishes = wishes;
    this.host.setAttribute("role", "tree");
    this.host.setAttribute("aria-label", "Files of the project");
    this.host.addEventListener("keydown", (event) => this.key(event));
    this.tools();
    if (wishes.mayWrite) this.receiveDrops();
    this.picker.addEventListener("change", () => void this.upload(this.folder(), [...(this.picker.files ?? [])]));
  }

  /** Ask for every open folder again. */
  async refresh(): Promise<void> {
    try {
      await Promise.all([...this.opened].sort().map((path) => this.fetch(path)));
      this.draw();
    } catch (error) {
      if (this.folders.size === 0)
        this.host.replaceChildren(make("p", { class: "wb-nothing" }, String((error as Error).message)));
    }
  }

  private async fetch(path: string): Promise<void> {
    try {
      const found = await this.api.list(path);
      found.sort((a, b) => Number(b.is_dir) - Number(a.is_dir) || a.path.localeCompare(b.path, undefined, { numeric: true }));
      this.folders.set(path, found);
    } catch (error) {
      if (path === "") throw error;
      this.opened.delete(path);
      this.folders.delete(path);
    }
  }

  private tools(): void {
    const hidden = tool(icon("eye"), "Show hidden files", () => {
      this.showsHidden = !this.showsHidden;
      localStorage.setItem(HIDDEN_KEY, this.showsHidden ? "yes" : "");
      hidden.setAttribute("aria-pressed", String(this.showsHidden));
      this.draw();
    });
    hidden.setAttribute("aria-pressed", String(this.showsHidden));
    const writing = [
      tool(icon("file-plus"), "New file", () => void this.create(false)),
      tool(icon("folder-plus"), "New folder", () => void this.create(true)),
      tool(icon("upload"), "Upload files", () => this.picker.click()),
    ];
    byId("wb-file-tools").append(
      ...(this.wishes.mayWrite ? writing : []),
      hidden,
      tool(icon("refresh"), "Refresh the files", () => void this.refresh()),
      this.picker,
    );
  }

  private draw(): void {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["path"] : undefined;
    const rows = new Map(this.rows("", 0));
    this.shown = rows;
    const nothing = this.wishes.mayWrite ? "No files yet: make one, or drop some here." : "No files yet.";
    arrange(this.host, rows.size ? [...rows.values()] : [make("p", { class: "wb-nothing" }, nothing)]);
    const target = this.find(focused ?? this.selected) ?? this.host.querySelector<HTMLElement>("[role=treeitem]");
    target?.setAttribute("tabindex", "0");
    if (focused !== undefined) target?.focus();
  }

  private *rows(folder: string, depth: number): Generator<[string, HTMLElement]> {
    const all = this.folders.get(folder) ?? [];
    const files = all.filter((file) => this.showsHidden || !nameOf(file.path).startsWith("."));
    for (const file of files.slice(0, MOST_SHOWN)) {
      const key = JSON.stringify([file.path, file.is_dir, this.opened.has(file.path)]);
      const row = this.shown.get(key) ?? this.row(file, depth);
      row.tabIndex = -1;
      row.setAttribute("aria-selected", String(file.path === this.selected));
      yield [key, row];
      if (file.is_dir && this.opened.has(file.path)) yield* this.rows(file.path, depth + 1);
    }
    if (files.length > MOST_SHOWN)
      yield [folder, make("div", { class: "wb-note" }, `${files.length - MOST_SHOWN} more files are not shown.`)];
  }

  private row(file: FileInfo, depth: number): HTMLElement {
    const isOpen = this.opened.has(file.path);
    const drawn = file.is_dir ? (isOpen ? icon("folder-open") : icon("folder")) : icon("file");
    const row = make(
      "div",
      {
        class: "wb-row",
        role: "treeitem",
        "data-path": file.path,
        title: file.path,
        "aria-level": String(depth + 1),
        "aria-expanded": file.is_dir ? String(isOpen) : undefined,
      },
      drawn,
      make("span", { class: "wb-row-name" }, nameOf(file.path)),
    );
    row.style.setProperty("--depth", String(depth));
    if (this.wishes.mayWrite) row.append(this.rowTools(file));
    row.addEventListener("click", (event) => !(event.target as Element).closest("button") && void this.act(file));
    return row;
  }

  private rowTools(file: FileInfo): HTMLElement {
    const name = nameOf(file.path);
    const buttons = [
      tool(icon("pencil"), `Rename ${name}`, () => void this.rename(file)),
      tool(icon("trash"), `Delete ${name}`, () => void this.remove(file)),
    ];
    for (const button of buttons) button.tabIndex = -1;
    return make("span", { class: "wb-row-tools" }, ...buttons);
  }

  private async act(file: FileInfo): Promise<void> {
    this.selected = file.path;
    if (!file.is_dir) {
      this.wishes.open(file.path);
    } else if (this.opened.has(file.path)) {
      this.opened.delete(file.path);
    } else {
      this.opened.add(file.path);
      await this.fetch(file.path);
    }
    this.draw();
    this.find(file.path)?.focus();
  }

  private key(event: KeyboardEvent): void {
    const row = (event.target as Element).closest<HTMLElement>("[role=treeitem]");
    const file = row && this.file(row.dataset["path"] ?? "");
    if (!row || !file) return;
    const rows = [...this.host.querySelectorAll<HTMLElement>("[role=treeitem]")];
    const at = rows.indexOf(row);
    const isOpen = this.opened.has(file.path);
    const actions: Record<string, () => void> = {
      ArrowDown: () => focusOn(rows, at + 1),
      ArrowUp: () => focusOn(rows, at - 1),
      Home: () => focusOn(rows, 0),
      End: () => focusOn(rows, rows.length - 1),
      ArrowRight: () => (file.is_dir && !isOpen ? void this.act(file) : focusOn(rows, at + 1)),
      ArrowLeft: () => (file.is_dir && isOpen ? void this.act(file) : this.find(parentOf(file.path))?.focus()),
      Enter: () => void this.act(file),
      F2: () => this.wishes.mayWrite && void this.rename(file),
      Delete: () => this.wishes.mayWrite && void this.remove(file),
    };
    const action = (event.target as Element).closest("button") ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  private async create(isFolder: boolean): Promise<void> {
    const folder = this.folder();
    const { choice, text } = await ask({
      title: isFolder ? "New folder" : "New file",
      text: folder ? `In ${folder}` : "In the project's folder",
      field: { label: "Name", value: isFolder ? "" : "untitled.py" },
      choices: [{ name: "Create", value: "create" }],
    });
    if (!choice || !text) return;
    const path = folder ? `${folder}/${text}` : text;
    await this.change(async () => {
      if (await this.api.stat(path)) throw new Error(`${path} is there already.`);
      if (isFolder) await this.api.makeFolder(path);
      else await this.api.write(path, "");
      this.opened.add(isFolder ? path : parentOf(path));
      this.selected = path;
    });
    if (!isFolder) this.wishes.open(path);
  }

  private async rename(file: FileInfo): Promise<void> {
    const { choice, text } = await ask({
      title: `Rename ${nameOf(file.path)}`,
      text: "A name with / moves it to another folder.",
      field: { label: "New name", value: nameOf(file.path) },
      choices: [{ name: "Rename", value: "rename" }],
    });
    if (!choice || !text || text === nameOf(file.path)) return;
    const folder = parentOf(file.path);
    const to = folder ? `${folder}/${text}` : text;
    await this.change(async () => {
      await this.api.move(file.path, to);
      this.wishes.moved(file.path, to);
      if (this.selected === file.path) this.selected = to;
    });
  }

  private async remove(file: FileInfo): Promise<void> {
    const what = file.is_dir ? "The folder and everything in it is deleted for good." : "The file is deleted for good.";
    if (!(await confirm(`Delete ${file.path}?`, what, "Delete"))) return;
    await this.change(async () => {
      await this.api.remove(file.path);
      this.wishes.moved(file.path, null);
    });
  }

  private async upload(folder: string, files: File[]): Promise<void> {
    await this.change(async () => {
      for (const file of files) {
        const path = folder ? `${folder}/${file.name}` : file.name;
        const there = await this.api.stat(path);
        if (there && !(await confirm(`Replace ${path}?`, "A file of this name is there already.", "Replace"))) continue;
        await this.api.write(path, file);
      }
      this.opened.add(folder);
    });
    this.picker.value = "";
  }

  private receiveDrops(): void {
    this.host.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.host.classList.add("is-target");
    });
    this.host.addEventListener("dragleave", () => this.host.classList.remove("is-target"));
    this.host.addEventListener("drop", (event) => {
      event.preventDefault();
      this.host.classList.remove("is-target");
      const on = this.file((event.target as Element).closest<HTMLElement>("[data-path]")?.dataset["path"] ?? "");
      const folder = on ? (on.is_dir ? on.path : parentOf(on.path)) : "";
      void this.upload(folder, [...(event.dataTransfer?.files ?? [])]);
    });
  }

  private async change(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      complain(error);
    }
    await this.refresh();
  }

  /** The folder that new things go into: the selected one, or the one of the selected file. */
  private folder(): string {
    const file = this.file(this.selected);
    return file ? (file.is_dir ? file.path : parentOf(file.path)) : "";
  }

  private file(path: string): FileInfo | undefined {
    return this.folders.get(parentOf(path))?.find((each) => each.path === path);
  }

  private find(path: string): HTMLElement | null {
    return path ? this.host.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`) : null;
  }
}

function focusOn(rows: HTMLElement[], at: number): void {
  const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
  for (const each of rows) each.tabIndex = each === row ? 0 : -1;
  row?.focus();
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function parentOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}
