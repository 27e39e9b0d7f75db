// Writes test/contract/docker/description.json: of Docker's published Engine API, as the types that Docker's own SDK
// generates from it, what the gateway's own requests need. In words of JSON Schema, without prose.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import ts from 'typescript';

const PACKAGE = '@docker/node-sdk@0.0.17';
const SLICE = 'test/contract/docker/description.json';

/** Paths with the SDK's method for each, and the type of what is answered. */
const wanted = {
  '/version': ['systemVersion', 'SystemVersion'],
  '/info': ['systemInfo', 'SystemInfo'],
  '/containers/json': ['containerList', 'ContainerSummary[]'],
  '/containers/{id}/json': ['containerInspect', 'ContainerInspectResponse'],
  '/containers/{id}/logs': ['containerLogs', undefined],
  '/containers/{id}/stats': ['containerStats', 'ContainerStatsResponse'],
  '/images/json': ['imageList', 'ImageSummary[]'],
};

const definitions = {};
const directory = mkdtempSync(join(tmpdir(), 'docker-description-'));
try {
  const packed = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: directory, encoding: 'utf8' }).trim();
  await extract({ file: join(directory, packed), cwd: directory });
  const client = parsed('docker-client');
  const paths = Object.fromEntries(
    Object.entries(wanted).map(([path, [method, answer]]) => [
      path,
      { query: queryOf(client, method), ...(answer && { answer: answerOf(answer) }) },
    ]),
  );
  const { version, license } = JSON.parse(readFileSync(join(directory, 'package/package.json'), 'utf8'));
  const slice = { source: `@docker/node-sdk ${version}`, license, paths, definitions };
  writeFileSync(SLICE, `${JSON.stringify(slice)}\n`);
  console.log(
    `${SLICE}: ${Object.keys(paths).length} paths and ${Object.keys(definitions).length} types of ${PACKAGE}`,
  );
} finally {
  rmSync(directory, { recursive: true });
}

function parsed(name) {
  const text = readFileSync(join(directory, 'package/lib', `${name}.ts`), 'utf8');
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

/** What a method of the SDK takes as options: the query, whose names the SDK writes in its own way. */
function queryOf(client, method) {
  const sdk = client.statements.find((each) => each.name?.text === 'DockerClient');
  const { parameters } = sdk.members.find((member) => member.name?.getText() === method);
  const options = parameters.find(({ name }) => name.getText() === 'options');
  return Object.fromEntries(
    (options?.type.members ?? []).map(({ name, type }) => [
      name.text.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      type.getText() === 'Filter' ? { type: 'string' } : schemaOf(type, client),
    ]),
  );
}

function answerOf(name) {
  if (name.endsWith('[]')) return { type: 'array', items: referenceTo(name.slice(0, -2)) };
  return referenceTo(name);
}

/** Adds a type of the SDK, and those that it refers to. */
function referenceTo(name, file = parsed(`types/${name}`)) {
  const reference = { $ref: `#/definitions/${name}` };
  if (definitions[name]) return reference;
  definitions[name] = {};
  const found = file.statements.find((each) => each.name?.text === name);
  definitions[name] = ts.isInterfaceDeclaration(found) ? objectOf(found.members, file) : schemaOf(found.type, file);
  return reference;
}

function objectOf(members, file) {
  const index = members.find(ts.isIndexSignatureDeclaration);
  if (index) return { type: 'object', additionalProperties: schemaOf(index.type, file) };
  return {
    type: 'object',
    additionalProperties: false,
    required: members.filter((member) => !member.questionToken).map((member) => member.name.text),
    properties: Object.fromEntries(members.map((member) => [member.name.text, schemaOf(member.type, file)])),
  };
}

function schemaOf(type, file) {
  if (ts.isUnionTypeNode(type)) return { anyOf: type.types.map((each) => schemaOf(each, file)) };
  if (ts.isArrayTypeNode(type)) return { type: 'array', items: schemaOf(type.elementType, file) };
  if (ts.isTypeLiteralNode(type)) return objectOf(type.members, file);
  if (ts.isLiteralTypeNode(type)) return { const: JSON.parse(type.getText().replaceAll("'", '"')) };
  const text = type.getText();
  if (text === 'any' || text === 'object') return {};
  if (['string', 'number', 'boolean'].includes(text)) return { type: text };
  if (text === 'Date') return { type: 'string' };
  if (ts.isTypeReferenceNode(type)) {
    const name = type.typeName.getText();
    if (name === 'Array') return { type: 'array', items: schemaOf(type.typeArguments[0], file) };
    const isHere = file.statements.some((each) => each.name?.text === name);
    return referenceTo(name, isHere ? file : undefined);
  }
  throw new Error(`nobody knows the type ${text}`);
}
