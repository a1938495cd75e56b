/** The runs table: ten thousand rows that scroll. */

export {};
