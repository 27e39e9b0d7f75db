import { personText, type Approval } from '../approval.js';
import { writtenOut } from '../written-out.js';

/** Of a text in a section block; Slack takes 3,000. */
const MAX_SECTION = 2_900;
/** Sections of arguments; a message that nobody reads to its end is approved by nobody. */
const MAX_SECTIONS = 8;
const MAX_HEADER = 150;
const MAX_DESCRIPTION = 500;
const MAX_TOUCHES = 10;

/** Of an operation that is gone there is no description. */
export type ShownCall = Approval & {
  readonly description: string | undefined;
  /** Something that looks like a secret is not shown. */
  readonly isMasked: boolean;
};

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}
type Block = Readonly<Record<string, unknown>> & { readonly type: string };

/**
 * A message of Slack's Block Kit that asks for an answer. All that comes from callers is plain text, in which nothing can
 * look like something else.
 */
export function question(approval: ShownCall, hasButtons: boolean) {
  const { operation, asker, expiresAt, id } = approval;
  const given = argumentSections(approval);
  const isWhole = given.isWhole && !approval.isMasked;
  const hint = given.isWhole ? [] : ['Not all of it can be shown here. See the rest, and approve it, in the gateway.'];
  const text = `${asker.subject} asks for approval of ${operation}`;
  return {
    text,
    blocks: [
      header(`Approval of ${operation}`),
      ...(approval.isMasked ? [section(MASKED)] : []),
      ...aboutCall(approval),
      ...given.sections,
      context([...hint, `${id}, open until ${expiresAt.toISOString()}`].join(' ')),
      ...(hasButtons ? [buttons(id, isWhole)] : []),
    ],
  };
}

const MASKED =
  'MASKED: *** stands for what looks like a secret, and may be anything. Look at the call in the gateway, and approve it there.';

/** What takes the place of a question that was answered. */
export function answered(approval: ShownCall) {
  const { operation, state, decidedBy, note, id } = approval;
  const by = decidedBy ? ` by ${personText(decidedBy)}` : '';
  const words = note === undefined ? '' : `: ${note}`;
  const outcome = `${OUTCOMES[state]}${by}${words}`;
  return {
    replace_original: true,
    text: `${operation}: ${outcome}`,
    blocks: [
      header(`Approval of ${operation}`),
      ...aboutCall(approval),
      ...argumentSections(approval).sections,
      section(outcome),
      context(id),
    ],
  };
}

/** What only the one who pressed a button sees. */
export function whisper(text: string) {
  return { response_type: 'ephemeral', replace_original: false, text: escaped(text) };
}

const OUTCOMES: Record<Approval['state'], string> = {
  pending: 'Open',
  approved: 'Approved',
  running: 'Approved',
  done: 'Approved',
  lost: 'Approved',
  denied: 'Denied',
  expired: 'Expired',
};

function aboutCall({ asker, door, description, touches }: ShownCall): Block[] {
  const shown = touches.slice(0, MAX_TOUCHES).map((each) => `• ${each}`);
  const more = touches.length > MAX_TOUCHES ? [`• and ${touches.length - MAX_TOUCHES} more`] : [];
  const about = description === undefined ? '' : `\n${description.slice(0, MAX_DESCRIPTION)}`;
  return [
    section(`${personText(asker)} asks, through ${door}.${about}`),
    section(['It touches:', ...shown, ...more].join('\n')),
  ];
}

/** The arguments; `isWhole` where there is room for all of them. */
function argumentSections({ arguments: given }: ShownCall): { sections: Block[]; isWhole: boolean } {
  if (given === undefined) return { sections: [section('Its arguments can’t be read any more.')], isWhole: false };
  const text = writtenOut(JSON.stringify(given, null, 2));
  const parts = [...partsOf(text)];
  return { sections: parts.slice(0, MAX_SECTIONS).map(section), isWhole: parts.length <= MAX_SECTIONS };
}

/** Cut where no character is. */
function* partsOf(text: string): Iterable<string> {
  for (let from = 0, to: number; from < text.length; from = to) {
    to = from + MAX_SECTION;
    if (/[\ud800-\udbff]/.test(text[to - 1] ?? '')) to -= 1;
    yield text.slice(from, to);
  }
}

function buttons(id: string, mayApprove: boolean): Block {
  const button = (action: string, label: string, style: string) => ({
    type: 'button',
    action_id: action,
    text: plain(label),
    value: id,
    style,
  });
  return {
    type: 'actions',
    block_id: id,
    elements: [...(mayApprove ? [button('approve', 'Approve', 'primary')] : []), button('deny', 'Deny', 'danger')],
  };
}

function header(text: string): Block {
  return { type: 'header', text: plain(text.slice(0, MAX_HEADER)) };
}

function section(text: string): Block {
  return { type: 'section', text: plain(text) };
}

function context(text: string): Block {
  return { type: 'context', elements: [plain(text)] };
}

function plain(text: string): PlainText {
  return { type: 'plain_text', text: writtenOut(text).slice(0, MAX_SECTION), emoji: false };
}

/** The three characters that Slack's own markup knows. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
