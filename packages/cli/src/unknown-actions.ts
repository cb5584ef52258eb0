import { type ProviderPlugin, printable } from '@pai/core';
import { compileActionPattern } from '@pai/policy';
import { formatPlace, nearestKey, type ProviderResource } from '@pai/sidecar';

/** A sentence for every pattern of a policy that fits no action that the type is known to have: one in `deny` denies nothing. */
export async function findUnknownActions(
  { document, spec }: ProviderResource,
  { type, patterns = (pattern) => [pattern], hasCaseSensitiveActions = false, actionNames }: ProviderPlugin,
): Promise<readonly string[]> {
  const names = await actionNames?.();
  if (names === undefined) return [];
  const isUnknown = (written: string) =>
    patterns(written).every((pattern) => {
      const fits = compileActionPattern(pattern, { isCaseSensitive: hasCaseSensitiveActions });
      return !names.some(fits);
    });
  return (['allow', 'deny'] as const).flatMap((list) =>
    (spec.policy?.[list] ?? []).flatMap((written, i) => {
      if (!isUnknown(written)) return [];
      const meant = written.includes('*') ? undefined : nearestKey(written, names);
      const remedy =
        meant === undefined
          ? 'pai explain METHOD URL says what requests are called'
          : `did you mean ${meant}`;
      const at = formatPlace(document.placeOf(['spec', 'policy', list, i]));
      return `${at}: policy.${list}[${i}] ${printable(written)} fits no action that type ${type} is known to have; ${remedy}`;
    }),
  );
}
