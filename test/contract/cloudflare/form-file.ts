import { Refused, type Call } from './call.js';

/** The field `file` of a form, which must be all that is in it; it must come with its length. */
export async function formFileOf({ request, body }: Call): Promise<File> {
  if (request.headers['content-length'] === undefined) throw new Refused(411, 10_005, 'Length Required');
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- only what the tests send is read
  const form = await new Response(new Uint8Array(await body()), { headers }).formData().catch((error: unknown) => {
    throw new Refused(400, 10_005, `Bad Request: ${String(error)}`);
  });
  const file = form.get('file');
  if (!(file instanceof File) || [...form.keys()].length !== 1) throw new Refused(400, 10_005, 'Bad Request: no file');
  return file;
}
