import type { Caption } from 'cloudflare/resources/stream/captions/captions';
import type { LanguageDeleteResponse } from 'cloudflare/resources/stream/captions/language/language';
import type {
  DownloadCreateResponse,
  DownloadDeleteResponse,
  DownloadGetResponse,
} from 'cloudflare/resources/stream/downloads';
import { empty, notFound, Refused, route, type Call, type Route } from './call.js';
import { formFileOf } from './form-file.js';
import type { State } from './state.js';
import { STREAM, videoOf } from './stream.js';

const labels = new Intl.DisplayNames(['en'], { type: 'language' });

/** What belongs to a video: its downloads and captions. */
export function streamPartRoutes(state: State): Route[] {
  return [...downloadRoutes(state), ...captionRoutes(state)];
}

function downloadRoutes(state: State): Route[] {
  const path = `${STREAM}/:uid/downloads`;
  const typeOf = ({ params }: Call): 'default' | 'audio' => {
    if (params.type === undefined || params.type === 'audio') return params.type ?? 'default';
    throw new Refused(400, 10_005, `Bad Request: no download of type ${params.type}`);
  };
  const create = async (call: Call): Promise<{ result: DownloadCreateResponse }> => {
    await empty(call);
    const { video, downloads } = videoOf(state, call);
    if (!video.readyToStream) throw new Refused(409, 10_004, 'The video is not ready');
    const type = typeOf(call);
    downloads[type] ??= {
      status: 'inprogress',
      percentComplete: 0,
      url: `https://customer-m033z5x00ks6nunl.cloudflarestream.com/${video.uid}/downloads/${type}.mp4`,
    };
    return { result: downloads };
  };
  const remove = async (call: Call): Promise<{ result: DownloadDeleteResponse }> => {
    await empty(call);
    const kept = videoOf(state, call);
    const { [typeOf(call)]: _, ...left } = kept.downloads;
    kept.downloads = left;
    return { result: 'Ok' };
  };
  return [
    route<DownloadGetResponse>('GET', path, async (call) => {
      await empty(call);
      return { result: videoOf(state, call).downloads };
    }),
    route('POST', path, create),
    route('POST', `${path}/:type`, create),
    route('DELETE', path, remove),
    route('DELETE', `${path}/:type`, remove),
  ];
}

function captionRoutes(state: State): Route[] {
  const path = `${STREAM}/:uid/captions`;
  const put = (call: Call, generated: boolean, text?: string): { result: Caption } => {
    const { captions } = videoOf(state, call);
    const { language = '' } = call.params;
    const label = labels.of(language) ?? language;
    const caption: Caption = { language, label, generated, status: generated ? 'inprogress' : 'ready' };
    captions.set(language, caption);
    if (text !== undefined) state.vtts.set(`${call.params.uid} ${language}`, text);
    return { result: caption };
  };
  return [
    route<Caption[]>('GET', path, async (call) => {
      await empty(call);
      return { result: [...videoOf(state, call).captions.values()] };
    }),
    route<Caption>('PUT', `${path}/:language`, async (call) => {
      const text = await (await formFileOf(call)).text();
      if (!text.startsWith('WEBVTT')) throw new Refused(400, 10_005, 'Bad Request: Invalid captions file');
      return put(call, false, text);
    }),
    route<Caption>('POST', `${path}/:language/generate`, async (call) => {
      await empty(call);
      return put(call, true);
    }),
    route<string>('GET', `${path}/:language/vtt`, async (call) => {
      await empty(call);
      const text = state.vtts.get(`${call.params.uid} ${call.params.language}`);
      if (!videoOf(state, call).captions.has(call.params.language ?? '')) throw notFound(10_003, 'Caption');
      return { text: text ?? 'WEBVTT\n', type: 'text/vtt' };
    }),
    route<LanguageDeleteResponse>('DELETE', `${path}/:language`, async (call) => {
      await empty(call);
      if (!videoOf(state, call).captions.delete(call.params.language ?? '')) throw notFound(10_003, 'Caption');
      return { result: '' };
    }),
  ];
}
