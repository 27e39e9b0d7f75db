/** Functions that write, reach outside the database, or act on the session, on other sessions or on the server. */
const reachesOut = [
  /^set_config$/,
  /^setval$/,
  /^pg_.*file/,
  /^pg_(ls|logdir)_/,
  /^lo_/,
  /^(loread|lowrite)$/,
  /^dblink/,
  /^postgres_fdw_disconnect/,
  /^http/,
  /^pg_(terminate|cancel)_backend$/,
  /^pg_reload_conf$/,
  /^pg_(try_)?advisory_/,
  /^pg_notify$/,
  /^pg_switch_/,
  /^pg_(create|drop|copy|import|sync|log)_/,
  /^pg_(logical|replication)_/,
  /^pg_promote$/,
  /^pg_(wal|xlog)_replay_(pause|resume)$/,
  /^pg_(start|stop)_/,
  /^pg_backup_/,
  /^pg_.*reset/,
  /^pg_(set|restore|clear)_(relation|attribute)_stats$/,
  /^pg_export_snapshot$/,
  /^(pg_|auto)prewarm/,
  /^pg_background_/,
  /^binary_upgrade_/,
  /^brin_(de)?summarize/,
  /^gin_clean_pending_list$/,
];

/** Functions that run SQL given to them as text, which no look at the statement can judge. */
const runsText = [
  /^(query|cursor|table|schema|database)_to_xml/,
  /^ts_(stat|rewrite)$/,
  /^crosstab/,
  /^connectby/,
  /^xpath_table$/,
  /^query_export_to/,
];

/** Schemas of extensions whose functions schedule jobs or reach the network, under everyday names. */
const deniedSchemas = new Set(['cron', 'net', 'aws_s3', 'aws_lambda', 'aws_commons']);

/** Whether a change may not call this function, whatever its schema. */
export function isDenied(schema: string | undefined, name: string): boolean {
  const folded = name.toLowerCase();
  if (schema !== undefined && deniedSchemas.has(schema.toLowerCase())) return true;
  return reachesOut.some((pattern) => pattern.test(folded)) || runsText.some((pattern) => pattern.test(folded));
}

/** As `isDenied`, for a statement that only reads: inserts count sequences on, reading does not. */
export function isDeniedToReading(schema: string | undefined, name: string): boolean {
  return name.toLowerCase() === 'nextval' || isDenied(schema, name);
}
