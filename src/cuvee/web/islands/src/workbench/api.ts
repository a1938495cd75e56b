/** API v2, as the Workbench uses it: typed, with errors as sentences. */

export interface Session {
  id: string;
  name: string;
  status: "starting" | "running" | "stopping" | "stopped" | "failed";
  status_reason: string;
  idle_minutes: number;
  created_at: string;
  running_at: string;
  finished_at: string;
}

export interface Execution {
  id: string;
  file: string;
  code: string;
  status: "queued" | "running" | "succeeded" | "failed" | "interrupted" | "lost";
  status_reason: string;
  created_at: string;
  running_at: string;
  finished_at: string;
}

export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size: string;
  modified_at: string;
}

export interface Completions {
  matches: string[];
  cursor_start: number;
  cursor_end: number;
  types: string[];
}

/** What the server refused, with its sentence. */
export class Refused extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface Head {
  text: string | null;
  isWhole: boolean;
}

const UNREACHED = "The platform could not be reached. Nothing was changed; try again when the connection is back.";

export class Api {
  readonly project: string;
  readonly session: string;

  constructor(projectId: string, sessionId: string) {
    this.project = `/api/v2/projects/${projectId}`;
    this.session = `${this.project}/sessions/${sessionId}`;
  }

  run(what: { code: string } | { file: string }): Promise<Execution> {
    return this.json("POST", `${this.session}:run`, what);
  }

  async tell(verb: "interrupt" | "restart" | "stop"): Promise<void> {
    await this.json("POST", `${this.session}:${verb}`, {});
  }

  complete(code: string, position: number): Promise<Completions> {
    return this.json("POST", `${this.session}:complete`, { code, cursor_pos: position });
  }

  inspect(code: string, position: number): Promise<{ found: boolean; text: string }> {
    return this.json("POST", `${this.session}:inspect`, { code, cursor_pos: position });
  }

  logs(): Promise<{ stdout: string; stderr: string }> {
    return this.json("GET", `${this.session}/logs`);
  }

  async list(path: string): Promise<FileInfo[]> {
    return (await this.json<{ files: FileInfo[] }>("GET", this.file(path))).files;
  }

  /** What lies at a path now; null when nothing does. */
  async stat(path: string): Promise<FileInfo | null> {
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
    try {
      return (await this.list(folder)).find((each) => each.path === path) ?? null;
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return null;
      throw error;
    }
  }

  /** A file's text, at most `most` bytes of it; a null text when it is none. */
  async read(path: string, most: number): Promise<Head> {
    const reply = await this.send("POST", `${this.file(path)}:download`);
    const reader = reply.body?.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    let isWhole = true;
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      chunks.push(next.value);
      size += next.value.length;
      if (size > most) {
        isWhole = false;
        await reader?.cancel();
        break;
      }
    }
    const bytes = new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()).subarray(0, most);
    if (bytes.subarray(0, 8000).includes(0)) return { text: null, isWhole };
    try {
      return { text: new TextDecoder("utf-8", { fatal: isWhole, ignoreBOM: true }).decode(bytes), isWhole };
    } catch {
      return { text: null, isWhole };
    }
  }

  async write(path: string, content: Blob | string): Promise<FileInfo> {
    const type = { "content-type": "application/octet-stream" };
    const reply = await this.send("PUT", this.file(path), content, type);
    const placed = ((await reply.json()) as { files: FileInfo[] }).files[0];
    if (!placed) throw new Refused("The file was not written.", 500);
    return placed;
  }

  async makeFolder(path: string): Promise<void> {
    await this.send("PUT", this.file(path), "", { "content-type": "inode/directory" });
  }

  async move(path: string, to: string): Promise<void> {
    await this.json("PATCH", this.file(path), { path: to });
  }

  async remove(path: string): Promise<void> {
    await this.json("DELETE", this.file(path));
  }

  /** The address of a file: its path is one segment after another. */
  file(path: string): string {
    return `${this.project}/files${path ? `/${path.split("/").map(encodeURIComponent).join("/")}` : ""}`;
  }

  private async json<T>(method: string, url: string, body?: unknown): Promise<T> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    return (await this.send(method, url, sent, { "content-type": "application/json" })).json() as Promise<T>;
  }

  private async send(method: string, url: string, body?: BodyInit, headers?: Record<string, string>): Promise<Response> {
    let reply: Response;
    try {
      reply = await fetch(url, { method, body, headers: body === undefined ? {} : headers });
    } catch {
      throw new Refused(UNREACHED, 0);
    }
    if (!reply.ok) throw new Refused(await sentence(reply), reply.status);
    return reply;
  }
}

async function sentence(reply: Response): Promise<string> {
  try {
    return ((await reply.json()) as { message?: string }).message || reply.statusText;
  } catch {
    return `The platform answered with status ${reply.status}.`;
  }
}
