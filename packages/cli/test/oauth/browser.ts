import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

/** A page that a person sees, or where the browser ends. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** A browser of a person who agrees to everything. */
export interface Browser {
  /** Opens a page, fills in every form, and gives the page where that ends. */
  readonly open: (url: string) => Promise<Page>;
}

/** A browser for which every https host is at `port` of this machine. Unless it is here, it cannot come back to Pai. */
export function createBrowser(port: number, ca: string, isHere = true): Browser {
  const cookies = new Map<string, string>();
  const ask = async (url: URL, form?: URLSearchParams): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const isClear = url.protocol === 'http:';
    const headers = {
      host: url.host,
      ...(!isClear && { cookie }),
      ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    const where = isClear ? { port: url.port } : { port, servername: url.hostname, ca };
    const request = (isClear ? http : https).request({
      host: '127.0.0.1',
      ...where,
      method: form === undefined ? 'GET' : 'POST',
      path: url.pathname + url.search,
      headers,
    });
    request.end(form?.toString());
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).once('error', reject);
    });
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const { statusCode: status = 0, headers: got } = response;
    return { url: url.href, status, text: await text(response), headers: got };
  };
  return {
    async open(first) {
      let page = await ask(new URL(first));
      for (let steps = 0; steps < 20; steps += 1) {
        const { location } = page.headers;
        const [, action] = /<form[^>]* action="([^"]+)"/.exec(page.text) ?? [];
        if (!isHere && location?.startsWith('http:')) return page;
        if (location !== undefined) page = await ask(new URL(location, page.url));
        else if (action !== undefined) page = await ask(new URL(action, page.url), formOf(page.text));
        else return page;
      }
      throw new Error(`the browser does not come to an end: ${page.url}`);
    },
  };
}

function formOf(page: string): URLSearchParams {
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]+)"/g)];
  const form = new URLSearchParams(
    hidden.map(([, name = '', value = '']): [string, string] => [name, value]),
  );
  if (form.get('prompt') === 'login') {
    form.set('login', 'ada');
    form.set('password', 'any');
  }
  return form;
}
