import { z } from 'zod';
import { setting, settings, value } from '#libs/kit';

const header = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}: ?[\x20-\x7e]{1,4000}$/)
  .transform((text) => {
    const at = text.indexOf(':');
    return { name: text.slice(0, at).toLowerCase(), value: text.slice(at + 1).trim() };
  })
  .describe('a header such as "Authorization: Bearer …"');

/** Where n8n is, and what opens it. */
export class N8nSettings extends settings({
  url: setting('N8N_API_URL', value.url('http', 'https'), {
    key: 'n8n.url',
    description: 'Address of an n8n instance, such as https://n8n.example.com',
  }),
  key: setting('N8N_API_KEY', value.text(), {
    key: 'n8n.key',
    description: 'API key of that instance, made in its settings under “n8n API”',
    secret: true,
    renewable: true,
  }),
  webhookHeader: setting('N8N_WEBHOOK_HEADER', header, {
    key: 'n8n.webhookHeader',
    description:
      'Header that opens the webhooks of workflows that ask for a credential, such as `Authorization: Bearer …`',
    secret: true,
    renewable: true,
  }),
}) {}
