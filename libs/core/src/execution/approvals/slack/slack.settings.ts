import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';

const approvers = z.record(z.string().regex(/^[UW][A-Z0-9]{2,30}$/), z.string().min(1).max(200));

/** Approvals in a channel of Slack. None of it changes at runtime: whoever maps a person to a key gives that person its rights. */
export class SlackSettings extends settings({
  url: setting('APPROVALS_SLACK_URL', value.url('http', 'https'), {
    description: 'Incoming webhook of the Slack channel that is told of calls which need approval',
    secret: true,
    key: 'approvals.slackUrl',
  }),
  signingSecret: setting('APPROVALS_SLACK_SIGNING_SECRET', value.text(16), {
    description:
      'Signing secret of the Slack app, whose interactivity is sent to `POST /approvals/slack`; without it messages have no buttons',
    secret: true,
    key: 'approvals.slackSigningSecret',
  }),
  approvers: setting(
    'APPROVALS_SLACK_APPROVERS',
    value.json(approvers, 'members of Slack with the id or name of a key each, as JSON: {"U0123": "anna"}'),
    {
      description: 'As which key each member of Slack answers, as JSON; the key must hold `approve`',
      default: '{}',
      key: 'approvals.slackApprovers',
    },
  ),
}) {}
