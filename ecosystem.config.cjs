module.exports = {
  apps: [
    {
      name: 'mcp-gateway',
      cwd: __dirname,
      script: 'dist/apps/gateway/src/main.js',
      node_args: '--max-semi-space-size=4 --v8-pool-size=1 --use-largepages=silent',
      env: { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '1048576' },
      // The gateway drains calls for up to 10 s.
      kill_timeout: 15_000,
      exp_backoff_restart_delay: 200,
    },
  ],
};
