// All that is checked without running the product. The lint takes as long as everything else together, so it has a lane
// of its own; every part has its say, whatever the others find.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A third of the time went into collecting what is new and soon garbage: it is given more room. */
const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=64` };

const LANES = [['lint'], ['format:check', 'type-check', 'deps:check', 'dead-code']];

/** Runs a script of package.json; shows what it said once it has ended, and answers whether all was well. */
async function passes(script) {
  const child = spawn('npm', ['run', '--silent', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const output of [child.stdout, child.stderr]) output.setEncoding('utf8').on('data', (text) => (said += text));
  const [code] = await once(child, 'close');
  process.stdout.write(said);
  if (code !== 0) console.error(`npm run ${script} failed`);
  return code === 0;
}

async function runLane(scripts) {
  const outcomes = [];
  for (const script of scripts) outcomes.push(await passes(script));
  return outcomes;
}

const outcomes = await Promise.all(LANES.map(runLane));
process.exitCode = outcomes.flat().every(Boolean) ? 0 : 1;
