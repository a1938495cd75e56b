/** The session's page: files, editor, console, terminal. */

export {};
