import { inflateRawSync } from 'node:zlib';
import { createModel } from './catalogue-model.ts';
import type { ServiceModel } from './model.ts';

const loaded = new Map<string, ServiceModel>();

/**
 * The model of one service by its id. Nothing of the catalogue is in memory before the first call; each service is
 * inflated when it is first asked for and kept. Throws for an id that `Endpoint.models` never has.
 */
export async function loadModel(id: string): Promise<ServiceModel> {
  const known = loaded.get(id);
  if (known !== undefined) return known;
  const text = await serviceText(id);
  const model = loaded.get(id) ?? createModel(id, text);
  loaded.set(id, model);
  return model;
}

/** What the catalogue says of one service, as `tools/catalogue/src/aws/encode.ts` writes it. */
export async function serviceText(id: string): Promise<string> {
  const { packedServices, sharedText } = await import('./catalogue.generated.ts');
  const packed = Object.hasOwn(packedServices, id) ? packedServices[id] : undefined;
  if (packed === undefined) throw new Error(`the catalogue has no service ${id}`);
  const dictionary = inflateRawSync(Buffer.from(sharedText, 'base64'));
  return inflateRawSync(Buffer.from(packed, 'base64'), { dictionary }).toString('latin1');
}

/** The ids of all services that the catalogue has. */
export async function serviceNames(): Promise<readonly string[]> {
  const { packedServices } = await import('./catalogue.generated.ts');
  return Object.keys(packedServices);
}
