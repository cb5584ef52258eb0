import type { TSchema } from 'typebox';
import { compileSchema, type Misfit } from './compile-schema.ts';
import { isPlain } from './plain-schema.ts';

/** How values are judged by a schema. */
export interface SchemaCheck {
  readonly fits: (schema: TSchema, value: unknown) => boolean;
  /** Why a value of the right type does not fit: the keyword that says so, and its sentence. */
  readonly misfit: (schema: TSchema, value: unknown) => Misfit | undefined;
  /** The value, with what the schema says for what is left out of it; the value itself stays as it is. */
  readonly withDefaults: (schema: TSchema, value: unknown) => unknown;
}

/**
 * The check for a schema of any kind. Schemas that are not plain are TypeBox's to judge, which is loaded for them: it
 * is larger than all the rest that a sidecar loads.
 */
export async function checkFor(schema: TSchema): Promise<SchemaCheck> {
  if (isPlain(schema)) return plainCheck;
  const { Check, Clone, Default, Errors } = await import('typebox/value');
  return {
    fits: (part, value) => Check(part, value),
    misfit: (part, value) => Errors(part, value)[0],
    withDefaults: (part, value) => Default(part, Clone(value)),
  };
}

/** The check for plain schemas, which needs nothing. It says what TypeBox says. */
export const plainCheck: SchemaCheck = {
  fits: (schema, value) => compileSchema(schema).fits(value),
  misfit: (schema, value) => compileSchema(schema).misfit(value),
  withDefaults: (schema, value) => compileSchema(schema).withDefaults(value),
};
