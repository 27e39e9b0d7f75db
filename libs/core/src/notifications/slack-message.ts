/** Slack cuts a section's text off beyond this. */
const MAX_TEXT = 3_000;

/** A message in Slack's Block Kit: a line of text, and below it facts by name. */
export function slackMessage(text: string, facts: Readonly<Record<string, string>>): Record<string, unknown> {
  const told = Object.entries(facts).map(([name, fact]) => `*${escaped(name)}* ${escaped(fact)}`);
  return {
    // shown in notifications, where blocks are not
    text: escaped(text),
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: escaped(text) } },
      ...(told.length > 0 ? [{ type: 'context', elements: [{ type: 'mrkdwn', text: told.join('   ') }] }] : []),
    ],
  };
}

/** Its three characters with a meaning; nobody is called by what others wrote. */
function escaped(text: string): string {
  return text.slice(0, MAX_TEXT).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
