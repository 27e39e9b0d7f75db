import { randomBytes } from 'node:crypto';

/** What stands around a file in a form (RFC 7578) whose one field is `file`. */
export interface FormAround {
  /** The form's content type. */
  type: string;
  before: Buffer;
  after: Buffer;
}

export function formOf(fileName: string, fileType: string): FormAround {
  const boundary = `form-${randomBytes(16).toString('hex')}`;
  const name = fileName.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
  const head = `content-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: ${fileType}`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    before: Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}
