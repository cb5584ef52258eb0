import { PaiError } from '@pai/core';
import type { Cli, Register } from './context.ts';

/** `pai conformance`: what the conformance kit makes of a provider. */
export const registerConformance: Register = (program, cli) => {
  program
    .command('conformance')
    .description('test a provider: the contract, and attacks on it')
    .argument('<package>', 'an installed package, its directory, or a provider type')
    .option('--samples <file>', 'YAML with a spec, secrets, and requests with what they mean')
    .action(async (what: string, { samples }: { samples?: string }) => {
      await conformance(cli, what, samples);
    });
};

async function conformance(cli: Cli, what: string, samples: string | undefined): Promise<void> {
  const { formatReport, runConformance } = await import('@pai/core/conformance');
  // The YAML parser is for those who have YAML.
  const readSamples = async (file: string) => (await import('./conformance-samples.ts')).readSamples(file);
  const { findProvider } = await import('./find-package.ts');
  const load = cli.plugins.get(what);
  const { plugin, options } =
    load === undefined ? await findProvider(what, process.cwd()) : { plugin: await load() };
  const given = samples === undefined ? options : { ...(await readSamples(samples)), plugin };
  if (given === undefined) {
    throw new PaiError(
      'usage',
      `${what} brings no requests to be tested by; export ConformanceOptions from its ./conformance, or name a file with --samples`,
    );
  }
  const report = await runConformance(given);
  cli.print(formatReport(report));
  if (report.failures.length > 0) cli.status = 1;
}
