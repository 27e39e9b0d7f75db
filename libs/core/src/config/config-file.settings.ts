import { setting, settings, value } from '#libs/kit';

/** Known before any other setting, so it comes from the environment alone. */
export class ConfigFileSettings extends settings({
  path: setting('MCP_CONFIG_FILE', value.text(), {
    key: 'configFile',
    description: 'File with settings, in JSON; the default one may be missing',
    default: './config/mcp-router.json',
  }),
}) {}
