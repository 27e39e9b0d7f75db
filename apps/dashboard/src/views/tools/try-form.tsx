import { useMemo, useState } from 'preact/hooks';
import { ApiError } from '../../api/api-error.js';
import { post } from '../../api/request.js';
import type { Operation } from '../../api/shapes.js';
import { Code } from '../../ui/code.js';
import { Tabs } from '../../ui/tabs.js';
import { Answer, type Answered } from './answer.js';
import { Field } from './field.js';
import { fieldsOf, readForm, type Typed } from './form-fields.js';
import { forms, written, type Form } from './snippets.js';

/** Calls the tool with the key of whoever looks at the page, and says how to do the same elsewhere. */
export function TryForm({ operation, service }: { operation: Operation; service: string }) {
  const fields = useMemo(() => fieldsOf(operation.inputSchema), [operation]);
  const [typed, setTyped] = useState<Typed>({});
  const [isChecked, setChecked] = useState(false);
  const [isRunning, setRunning] = useState(false);
  const [answer, setAnswer] = useState<Answered>();
  const [form, setForm] = useState<Form>('curl');
  const read = readForm(fields, typed);

  const run = async () => {
    setChecked(true);
    if (Object.keys(read.problems).length > 0) return;
    setRunning(true);
    setAnswer(await call(service, operation.name, read.arguments));
    setRunning(false);
  };

  const { tool, name } = operation;
  const called = { origin: location.origin, service, operation: name, tool, arguments: read.arguments };
  return (
    <div class="try">
      <form
        class="try-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {fields.length === 0 && <p class="muted">It takes no arguments.</p>}
        {fields.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={typed[field.name] ?? ''}
            problem={isChecked ? read.problems[field.name] : undefined}
            onType={(text) => setTyped({ ...typed, [field.name]: text })}
          />
        ))}
        <button type="submit" class="button primary" disabled={isRunning}>
          {isRunning ? 'Running…' : 'Run'}
        </button>
      </form>
      {answer && <Answer answer={answer} />}
      <Tabs label="The same call as" tabs={forms} selected={form} onSelect={setForm}>
        <Code label={`Call as ${form}`} text={written(form, called)} />
      </Tabs>
    </div>
  );
}

async function call(service: string, operation: string, given: object): Promise<Answered> {
  const startedAt = performance.now();
  try {
    const path = `/api/services/${encodeURIComponent(service)}/${encodeURIComponent(operation)}`;
    const body = await post<unknown>(path, given);
    return { isOk: true, body, tookMs: performance.now() - startedAt };
  } catch (error) {
    const body =
      error instanceof ApiError ? { kind: error.kind, message: error.message, details: error.details } : error;
    return { isOk: false, body, tookMs: performance.now() - startedAt };
  }
}
