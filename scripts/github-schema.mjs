// Writes test/contract/github/schema.graphql: of GitHub's published GraphQL schema, the types and fields that the
// gateway's own queries ask for, with all their arguments. The whole is 1.5 MB.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as graphql from 'graphql';
import { extract } from 'tar';

const PACKAGE = '@octokit/graphql-schema@15.26.1';
const SLICE = 'test/contract/github/schema.graphql';
const QUERIES = ['libs/services/src/github/review-threads.ts'];

const directory = mkdtempSync(join(tmpdir(), 'github-schema-'));
try {
  const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: directory, encoding: 'utf8' }).trim();
  await extract({ file: join(directory, packed), cwd: directory });
  const text = readFileSync(join(directory, 'package/schema.graphql'), 'utf8');
  // it defines two fields of no interest here twice
  const whole = graphql.buildSchema(text, { assumeValid: true, assumeValidSDL: true });
  writeFileSync(SLICE, `# Of ${PACKAGE} (MIT), by npm run contract:github\n${sliceOf(whole)}\n`);
} finally {
  rmSync(directory, { recursive: true });
}

function sliceOf(whole) {
  const wanted = new Map();
  const types = new graphql.TypeInfo(whole);
  const note = {
    Field() {
      const parent = types.getParentType().name;
      wanted.set(parent, (wanted.get(parent) ?? new Set()).add(types.getFieldDef().name));
    },
  };
  for (const file of QUERIES) {
    const [, query] = /const query = `([^`]+)`/.exec(readFileSync(file, 'utf8'));
    const document = graphql.parse(query);
    const problems = graphql.validate(whole, document);
    if (problems.length > 0) throw new Error(`${file}: ${problems.join('; ')}`);
    graphql.visit(document, graphql.visitWithTypeInfo(types, note));
  }
  // an account is shown as an Actor, which can't be answered without a type that is one
  for (const name of wanted.get('Actor') ?? []) wanted.set('User', (wanted.get('User') ?? new Set()).add(name));
  const others = new Map();
  const parts = [...wanted].map(([name, fields]) => partOf(whole.getType(name), fields, wanted, others));
  return [...parts, ...[...others.values()].map((type) => graphql.printType(bare(type)))].join('\n\n');
}

/** A type with some of its fields; what those refer to besides such types goes to `others`. */
function partOf(type, names, wanted, others) {
  const { fields, interfaces } = type.toConfig();
  const kept = Object.fromEntries([...names].map((name) => [name, bare(fields[name])]));
  for (const field of Object.values(kept)) {
    for (const { type } of [field, ...Object.values(field.args)]) {
      const named = graphql.getNamedType(type);
      if (!wanted.has(named.name) && !graphql.isSpecifiedScalarType(named)) others.set(named.name, named);
    }
  }
  const config = { name: type.name, fields: kept, interfaces: interfaces.filter(({ name }) => wanted.has(name)) };
  const Part = graphql.isInterfaceType(type) ? graphql.GraphQLInterfaceType : graphql.GraphQLObjectType;
  return graphql.printType(new Part(config));
}

/** Without prose. */
function bare(value) {
  const args = Object.entries(value.args ?? {}).map(([name, arg]) => [name, { ...arg, description: undefined }]);
  if (value.args) return { ...value, description: undefined, args: Object.fromEntries(args) };
  return Object.assign(Object.create(Object.getPrototypeOf(value)), value, { description: undefined });
}
