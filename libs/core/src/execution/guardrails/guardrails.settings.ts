import { setting, settings, value } from '#libs/kit';
import { personalDataKinds, type PersonalDataKind } from './personal-data.js';

const kinds = `kinds separated by commas: ${personalDataKinds.join(', ')}`;

export class GuardrailsSettings extends settings({
  secrets: setting('MCP_GUARD_SECRETS', value.oneOf('off', 'outside', 'all'), {
    description:
      'In which answers tokens, keys and passwords that show by their form are masked: none, those from outside, or all',
    default: 'off',
    key: 'guardrails.secrets',
    runtime: true,
  }),
  personalData: setting(
    'MCP_GUARD_PERSONAL_DATA',
    value
      .list(kinds)
      .refine((list): list is PersonalDataKind[] =>
        list.every((kind) => (personalDataKinds as string[]).includes(kind)),
      )
      .describe(kinds),
    {
      description: 'What is masked in all answers: e-mail addresses, international phone numbers, cards, bank accounts',
      default: '',
      key: 'guardrails.personalData',
      runtime: true,
    },
  ),
  hiddenText: setting('MCP_GUARD_HIDDEN_TEXT', value.flag(), {
    description: 'Whether characters that hide text from people are taken out of answers from outside',
    default: 'true',
    key: 'guardrails.hiddenText',
    runtime: true,
  }),
  argumentChars: setting('MCP_GUARD_ARGUMENT_CHARS', value.wholeNumber(0, 100_000_000), {
    description: 'Characters of one text in the arguments of a call at most; 0 leaves that to the size of the body',
    default: '0',
    key: 'guardrails.argumentChars',
    runtime: true,
  }),
}) {}
