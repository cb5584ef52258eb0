import { spawn } from 'node:child_process';

/** Opens a web page in the person's browser. False when there is none. Takes nothing but https. */
export function openBrowser({ protocol, href }: URL, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (protocol !== 'https:') return Promise.resolve(false);
  const [file, ...args] = openers[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(file, [...args, href], { env, stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Programs that give a page to the browser without a shell. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
