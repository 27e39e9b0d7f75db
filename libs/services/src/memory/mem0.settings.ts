import { setting, settings, value } from '#libs/kit';

/** Where memories are kept, and what turns texts into vectors. */
export class Mem0Settings extends settings({
  url: setting('MEM0_API_URL', value.url('http', 'https'), {
    key: 'mem0.url',
    description: 'A Mem0 server, such as https://api.mem0.ai; unset: memories are kept in the gateway’s own store',
  }),
  key: setting('MEM0_API_KEY', value.text(), {
    key: 'mem0.key',
    description: 'API key of the Mem0 server',
    secret: true,
    renewable: true,
  }),
  mode: setting('MEM0_MODE', value.oneOf('oss', 'platform'), {
    key: 'mem0.mode',
    description: 'Which of Mem0’s two APIs the server speaks: that of its open-source server, or of its platform',
    default: 'oss',
  }),
  embeddingsUrl: setting('EMBEDDINGS_URL', value.url('http', 'https'), {
    key: 'embeddings.url',
    description:
      'An API with OpenAI’s /embeddings, such as https://api.openai.com/v1; unset: memories are found by words',
  }),
  embeddingsKey: setting('EMBEDDINGS_KEY', value.text(), {
    key: 'embeddings.key',
    description: 'Its API key',
    secret: true,
    renewable: true,
  }),
  embeddingsModel: setting('EMBEDDINGS_MODEL', value.text(), {
    key: 'embeddings.model',
    description: 'The model that makes vectors of texts',
    default: 'text-embedding-3-small',
  }),
}) {}
