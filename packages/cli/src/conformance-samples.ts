import { readFile } from 'node:fs/promises';
import { PaiError } from '@pai/core';
import type { ConformanceOptions } from '@pai/core/conformance';
import { parse } from 'yaml';

/** What a file of samples says, but for the plugin. Throws `usage` for a file that is none. */
export async function readSamples(file: string): Promise<Omit<ConformanceOptions, 'plugin' | 'fetch'>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PaiError('usage', `${file} cannot be read; name a file with samples`, { cause });
  });
  const { spec, secrets = {}, samples }: Partial<ConformanceOptions> = readYaml(file, text);
  const isWhole = typeof spec === 'object' && Array.isArray(samples) && samples.every(isSample);
  if (!isWhole || Object.values(secrets).some((value) => typeof value !== 'string')) {
    throw new PaiError(
      'usage',
      `${file} holds no samples; write spec, secrets (key to text) and samples (each with url and actions)`,
    );
  }
  return { spec, secrets, samples };
}

function readYaml(file: string, text: string): Partial<ConformanceOptions> {
  try {
    const value: unknown = parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw new PaiError('usage', `${file} is not YAML; correct it`, { cause });
  }
}

function isSample(sample: unknown): boolean {
  const { url, actions } = (sample ?? {}) as Readonly<Record<string, unknown>>;
  return typeof url === 'string' && (actions === 'unresolved' || Array.isArray(actions));
}
