import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Opens a web page in the person's browser. False when there is none, or it does not take the address. Takes nothing but https. */
export async function openBrowser({ protocol, href }: URL, env: NodeJS.ProcessEnv): Promise<boolean> {
  if (protocol !== 'https:') return false;
  const [file, ...args] = openers[process.platform] ?? ['xdg-open'];
  try {
    const child = spawn(file, [...args, href], { env, stdio: 'ignore', detached: true });
    await once(child, 'spawn');
    child.unref();
    return true;
  } catch {
    return false;
  }
}

/** Programs that give a page to the browser without a shell. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
