export { type AttachOptions, attachProvider } from './attach.ts';
export { canBegin } from './can-begin.ts';
export { type Catalogue, type CatalogueEntry, type CatalogueMatch, createCatalogue } from './catalogue.ts';
export { compilePolicy, type Policy, type PolicyOptions, type Step } from './compile.ts';
export { foldCase } from './fold-case.ts';
export { compileActionPattern, compileRepositoryPattern, compileResourcePattern } from './glob.ts';
export {
  hasPlainRules,
  type LaterRules,
  type RuleSummary,
  summarizeRules,
} from './later-rules.ts';
export { isPlain } from './plain-schema.ts';
export { ruleChecker } from './rule-checker.ts';
export {
  auditSchema,
  credentialFields,
  externalAccessSchema,
  httpRuleSchema,
  type McpPolicySpec,
  mcpPolicySchema,
  type PolicySpec,
  type ProviderSpecSchema,
  policySchema,
  providerSpec,
  type SpecParts,
} from './schema.ts';
export { checkFor, plainCheck, type SchemaCheck } from './schema-check.ts';
export { createScope } from './scope.ts';
export type { Matcher } from './wildcard.ts';
