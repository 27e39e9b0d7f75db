/** Variables for gateways under test: tests call more often than people do. */
export const WITHOUT_LIMITS = {
  MCP_MAX_REQUESTS_PER_MINUTE: '0',
  MCP_MAX_REQUESTS_PER_HOUR: '0',
  MCP_MAX_AUTH_FAILURES_PER_MINUTE: '0',
};
