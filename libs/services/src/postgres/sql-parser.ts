import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import createModule, { type PgQueryModule } from 'libpg-query/wasm/libpg-query.js';

const binary = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm');
/** Compiled once for all instances: that takes a hundred times as long as to make one of them. */
let compiled: Promise<WebAssembly.Module> | undefined;

/** The text is not SQL. `position` counts characters from 1, as PostgreSQL does. */
export class SqlSyntaxError extends Error {
  override readonly name = 'SqlSyntaxError';

  constructor(
    message: string,
    readonly position: number,
  ) {
    super(message);
  }
}

/** The text is nested so deeply that the parser gave up. */
export class SqlTooComplexError extends Error {
  override readonly name = 'SqlTooComplexError';
}

/** The members of PostgreSQL's parse tree that matter here; the rest is walked by name. */
export interface ParseTree {
  stmts?: { stmt: Record<string, unknown> }[];
}

/**
 * PostgreSQL's own parser. It runs in WASM, and a text that overflows its stack leaves the instance damaged: after some
 * twenty such texts it fails on good ones too. So an instance that trapped is thrown away.
 */
export class SqlParser {
  private instance: Promise<PgQueryModule> | undefined;

  /** Rejects with SqlSyntaxError or SqlTooComplexError. The text must be well-formed and free of NUL. */
  async parse(sql: string): Promise<ParseTree> {
    const module = await (this.instance ??= newInstance());
    try {
      return parseWith(module, sql);
    } catch (error) {
      if (error instanceof SqlSyntaxError) throw error;
      this.instance = undefined;
      throw new SqlTooComplexError('the statement is nested too deeply', { cause: error });
    }
  }
}

async function newInstance(): Promise<PgQueryModule> {
  const module = await (compiled ??= readFile(binary).then((bytes) => WebAssembly.compile(bytes)));
  return createModule({
    instantiateWasm: (imports, done) => {
      void WebAssembly.instantiate(module, imports).then(done);
    },
  });
}

function parseWith(module: PgQueryModule, sql: string): ParseTree {
  const bytes = module.lengthBytesUTF8(sql) + 1;
  const text = module._malloc(bytes);
  module.stringToUTF8(sql, text, bytes);
  const result = module._wasm_parse_query_raw(text);
  if (result === 0) throw new Error('no memory for the parse tree');
  // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
  const error = module.getValue(result + 8, 'i32');
  const problem = error === 0 ? undefined : readError(module, error);
  const tree = problem ? '{}' : module.UTF8ToString(module.getValue(result, 'i32'));
  module._free(text);
  module._wasm_free_parse_result(result);
  if (!problem) return JSON.parse(tree) as ParseTree;
  if (problem.message.startsWith('memory exhausted')) throw new SqlTooComplexError(problem.message);
  throw problem;
}

/** struct PgQueryError { char *message; char *funcname; char *filename; int lineno; int cursorpos; … } */
function readError(module: PgQueryModule, error: number): SqlSyntaxError {
  return new SqlSyntaxError(module.UTF8ToString(module.getValue(error, 'i32')), module.getValue(error + 16, 'i32'));
}
