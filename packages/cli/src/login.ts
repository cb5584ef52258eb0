import { PaiError } from '@pai/core';
import { logIn } from '@pai/sidecar';
import { collect } from './collect.ts';
import { type Cli, type Register, settingsOf } from './context.ts';
import { addUpstreamOptions, readUpstreamFlags, type UpstreamFlags } from './sidecar-options.ts';

interface Flags extends UpstreamFlags {
  readonly browser: boolean;
  readonly port: string;
  readonly scope?: string[];
  readonly timeout: string;
}

/** `pai login`: has a person log in for a Provider in a browser, once. */
export const registerLogin: Register = (program, cli) => {
  const command = program
    .command('login')
    .description('log in for a Provider in the browser; what comes of it is stored in its Secret')
    .argument('<name>', 'the Provider')
    .option('--no-browser', 'print the address instead; where the browser ends may be typed in then')
    .option('--scope <scope>', 'ask for this scope too; repeatable', collect)
    .option(
      '--port <port>',
      'port of 127.0.0.1 to come back to, for a client that is registered with one',
      '0',
    )
    .option('--timeout <seconds>', 'how long to wait for the browser', '300');
  addUpstreamOptions(command)
    .addHelpText('after', '\nExample:\n  pai login linear')
    .action(async (name: string, flags: Flags) => {
      const settings = settingsOf(command, cli);
      const port = numberIn(flags.port, '--port', 65_535);
      const seconds = numberIn(flags.timeout, '--timeout', 86_400);
      const { openReceiver } = await import('./login-receiver.ts');
      const receiver = await openReceiver(port);
      try {
        const { secret, change } = await logIn({
          ...settings,
          ...readUpstreamFlags(flags),
          name,
          plugins: cli.plugins,
          redirectUris: receiver.redirectUris,
          scopes: flags.scope ?? [],
          log: (message) => cli.note(`${name}: ${message}`),
          authorize: async (url, redirectUri) => {
            const answer = receiver.receive(url, redirectUri, seconds * 1_000);
            const typed = await show(cli, url, flags.browser);
            typed?.((text) => receiver.take(text));
            return answer.finally(() => typed?.(undefined));
          },
        });
        cli.print(`provider/${name} logged in, secret/${secret} ${change}`);
      } finally {
        receiver.close();
      }
    });
};

/** Takes whoever reads the lines that are typed, and with undefined nobody any more. */
type Typed = (read: ((line: string) => void) | undefined) => void;

async function show(cli: Cli, url: URL, isBrowser: boolean): Promise<Typed | undefined> {
  if (!isBrowser) {
    cli.note(
      'open this address in a browser, and type here the one where it ends if that is on another machine:',
    );
    cli.print(url.href);
    const { createInterface } = await import('node:readline');
    const lines = createInterface({ input: cli.stdin });
    return (read) => (read === undefined ? lines.close() : void lines.on('line', read));
  }
  const { openBrowser } = await import('./browser.ts');
  cli.note(`opening the browser at ${url.href}`);
  const isOpen = await openBrowser(url, cli.env);
  if (!isOpen) cli.note('no browser could be opened; open that address in one on this machine');
  return undefined;
}

function numberIn(text: string, option: string, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= most) return number;
  throw new PaiError('usage', `${option} wants a number from 0 to ${most}`);
}
