import { schema as published } from '@octokit/graphql-schema';
import {
  buildSchema,
  defaultFieldResolver,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';

/** A request as clients send one. */
export interface GraphQlRequest {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** Answers requests by GitHub's schema. */
export type AnswerGraphQl = (request: GraphQlRequest) => Promise<ExecutionResult>;

/**
 * A server of GitHub's schema. `root` holds the fields of Query and Mutation that it knows; every other field that must
 * be something is empty, zero or false.
 */
export function createGraphQl(root: Readonly<Record<string, unknown>>): AnswerGraphQl {
  const schema = buildSchema(published.idl, { assumeValid: true });
  return async ({ query, variables = {}, operationName }) => {
    try {
      const document = parse(query);
      const errors = validate(schema, document, rules);
      if (errors.length > 0) return { errors };
      return await execute({
        schema,
        document,
        rootValue: root,
        variableValues: variables,
        operationName: operationName ?? null,
        fieldResolver: resolveField,
      });
    } catch (error) {
      return { errors: [error as GraphQLError] };
    }
  };
}

/** GitHub takes `state` of an issue and of a pull request side by side, and `gh issue view` asks for both. */
const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

const resolveField: GraphQLFieldResolver<unknown, unknown> = (source, args, context, info) => {
  const found = defaultFieldResolver(source, args, context, info);
  return found === undefined && isNonNullType(info.returnType) ? emptyOf(info.returnType.ofType) : found;
};

function emptyOf(type: GraphQLOutputType): unknown {
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]?.value;
  if (isObjectType(type)) return {};
  if (!isScalarType(type)) return undefined;
  return (
    { Int: 0, Float: 0, Boolean: false, URI: 'https://github.com', DateTime: '2026-01-01T00:00:00Z' }[
      type.name
    ] ?? ''
  );
}
