import { inflateRawSync } from 'node:zlib';
import { createModel } from './catalogue-model.ts';
import type { ServiceModel } from './model.ts';

/** Services that are kept: as many as make a megabyte or two when an agent uses that many. */
const most = 12;

/** The one that was used longest ago first. */
const kept = new Map<string, ServiceModel>();

/**
 * The model of one service by its id. Nothing of the catalogue is in memory before the first call; each service is
 * inflated when it is asked for, and the 12 used last are kept. Throws for an id that `Endpoint.models` never has.
 */
export async function loadModel(id: string): Promise<ServiceModel> {
  const known = kept.get(id);
  if (known !== undefined) return keep(id, known);
  const text = await serviceText(id);
  return keep(id, kept.get(id) ?? createModel(id, text));
}

function keep(id: string, model: ServiceModel): ServiceModel {
  kept.delete(id);
  kept.set(id, model);
  for (const oldest of kept.keys()) {
    if (kept.size <= most) break;
    kept.delete(oldest);
  }
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
