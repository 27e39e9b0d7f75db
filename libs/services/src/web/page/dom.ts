/** What is used of a document's nodes, wherever they come from. */
export interface DomNode {
  readonly nodeName: string;
  textContent: string | null;
  readonly firstChild: DomNode | null;
  readonly parentNode: DomElement | null;
}

export interface DomElement extends DomNode {
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): DomElement | null;
  querySelectorAll(selector: string): Iterable<DomElement>;
  closest(selector: string): DomElement | null;
  remove(): void;
}

export interface DomDocument extends DomElement {
  readonly documentElement: DomElement | null;
}
