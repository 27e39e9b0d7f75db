import { setting, settings, value } from '#libs/kit';

export class ConfigFileSettings extends settings({
  /** Known before any other setting, so it comes from the environment alone. */
  path: setting('MCP_CONFIG_FILE', value.text(), {
    key: 'configFile',
    description: 'File with settings, in JSON; the default one may be missing',
    default: './config/mcp-router.json',
  }),
  managed: setting('MCP_CONFIG_MANAGED', value.oneOf('anywhere', 'file'), {
    key: 'configManaged',
    description: 'Where settings, toolsets and upstreams may be changed: anywhere, or in the config file alone (file)',
    default: 'anywhere',
  }),
}) {}
