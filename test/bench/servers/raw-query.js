// The yardstick of a query: node:http and pg's pool, one prepared statement, nothing checked and no transaction.
import pg from 'pg';
import { listen } from './listen.js';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });

listen(async (body) => {
  const { id, params } = JSON.parse(body);
  const { rows } = await pool.query({ name: 'query', text: params.arguments.query });
  const data = { rows, rowCount: rows.length };
  const result = { content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: data, isError: false };
  return JSON.stringify({ jsonrpc: '2.0', result, id });
});
