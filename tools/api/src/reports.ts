import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type IConfigFile,
} from '@microsoft/api-extractor';
import type { Entry } from './entries.ts';

/** The report of one entry: every exported declaration with its signature. */
export interface Report {
  /** `core.conformance.api.md`. */
  readonly file: string;
  readonly text: string;
}

/** Reads the built declarations of all entries in one go. Throws for an entry that is not built, and for what cannot be read. */
export function makeReports(entries: readonly Entry[]): readonly Report[] {
  const missing = entries.filter(({ declarations }) => !existsSync(declarations));
  if (missing.length > 0)
    throw new Error(`not built: ${missing.map(({ specifier }) => specifier).join(', ')}; run tsc -b first`);
  const folder = mkdtempSync(join(tmpdir(), 'pai-api-'));
  try {
    const configs = entries.map((entry) => configOf(entry, entries, folder));
    const [first] = configs;
    if (first === undefined) return [];
    const additionalEntryPoints = entries.map(({ declarations }) => declarations);
    const compilerState = CompilerState.create(first.config, { additionalEntryPoints });
    return configs.map(({ config, file }) => {
      const result = Extractor.invoke(config, {
        compilerState,
        localBuild: true,
        messageCallback: (message) => {
          // What there is to say of a declaration stands in the report.
          message.handled = message.logLevel !== ExtractorLogLevel.Error;
        },
      });
      if (!result.succeeded) throw new Error(`${file} could not be made`);
      return { file, text: withoutPlaces(readFileSync(join(folder, file), 'utf8')) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A place changes with every line above it. */
function withoutPlaces(report: string): string {
  return report.replaceAll(/^(\/\/ \S+\.d\.ts):\d+:\d+ - /gm, '$1 - ');
}

function configOf(
  { specifier, directory, declarations }: Entry,
  all: readonly Entry[],
  folder: string,
): { readonly config: ExtractorConfig; readonly file: string } {
  const file = `${specifier.replace('@pai/', '').replaceAll('/', '.')}.api.md`;
  const temporary = join(folder, 'temp', file);
  mkdirSync(temporary, { recursive: true });
  const { None, Warning } = ExtractorLogLevel;
  const configObject: IConfigFile = {
    mainEntryPointFilePath: declarations,
    projectFolder: directory,
    newlineKind: 'lf',
    compiler: {
      overrideTsconfig: { compilerOptions, files: all.map((entry) => entry.declarations) },
      skipLibCheck: true,
    },
    apiReport: { enabled: true, reportFileName: file, reportFolder: folder, reportTempFolder: temporary },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: None } },
      extractorMessageReporting: {
        default: { logLevel: Warning, addToApiReportFile: true },
        'ae-missing-release-tag': { logLevel: None },
        // Other packages of the workspace are read from their sources, where their types are named only.
        'ae-wrong-input-file-type': { logLevel: None },
      },
      tsdocMessageReporting: { default: { logLevel: Warning, addToApiReportFile: true } },
    },
  };
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(directory, 'package.json'),
  });
  return { config, file };
}

const compilerOptions = {
  target: 'es2024',
  lib: ['es2024'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};
