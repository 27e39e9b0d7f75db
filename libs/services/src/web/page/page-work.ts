/** A text, or a part of it, in UTF-16 characters as JavaScript counts them. */
export interface TextRange {
  readonly text: string;
  readonly totalLength: number;
  /** Where the next part begins; null after the last one. */
  readonly nextIndex: number | null;
}

/** An answer of the web that is to become text. */
export interface PageWork {
  readonly bytes: Uint8Array;
  /** The header, as far as it was sent. */
  readonly contentType: string;
  /** Where it came from, to which its links are relative. */
  readonly url: string;
  /** Whether HTML becomes Markdown, or stays what it is. */
  readonly markdown: boolean;
  readonly startIndex: number;
  readonly maxLength: number;
}

export interface ReadPage extends TextRange {
  readonly title?: string;
}
