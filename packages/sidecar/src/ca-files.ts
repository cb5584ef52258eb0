import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PaiError } from '@pai/core';

/** How the files are made when they are not there. */
export interface CaMaker {
  readonly createKey: () => KeyObject;
  readonly createCertificate: (key: KeyObject) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Reads `ca-key.pem` and `ca.pem` in `dir`, made first when they are not there. Of two processes that make them at
 * once, both end up with the same pair. Throws `state_corrupt` and `state_unwritable`.
 */
export function openCaFiles(dir: string, maker: CaMaker): { key: KeyObject; certificatePem: string } {
  const keyFile = join(dir, 'ca-key.pem');
  const certificateFile = join(dir, 'ca.pem');
  if (!existsSync(keyFile)) {
    if (existsSync(certificateFile)) throw corrupt(keyFile, 'is missing beside ca.pem', remedy(dir));
    const pem = maker.createKey().export({ type: 'pkcs8', format: 'pem' }).toString();
    publish(keyFile, pem, 0o600);
  }
  const key = readKey(keyFile, dir);
  if (!existsSync(certificateFile)) publish(certificateFile, maker.createCertificate(key), 0o644);
  return { key, certificatePem: readCertificate(certificateFile, key, maker.now(), dir) };
}

/** Writes the whole file under another name and links it into place, unless someone else was first. */
function publish(file: string, content: string, mode: number): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(draft, content, { mode, flag: 'wx', flush: true });
    linkSync(draft, file);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST' && existsSync(file)) return;
    throw new PaiError(
      'state_unwritable',
      `${file} cannot be written (${code}); make its directory writable, or name another with --ca-dir`,
      { cause: thrown },
    );
  } finally {
    attempt(() => rmSync(draft, { force: true }));
  }
}

function readKey(file: string, dir: string): KeyObject {
  const pem = read(file, (descriptor) => {
    const mode = fstatSync(descriptor).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const shown = mode.toString(8).padStart(4, '0');
      throw corrupt(file, `can be used by others (mode ${shown})`, `run chmod 600 ${file}`);
    }
  });
  const key = attempt(() => createPrivateKey(pem));
  if (key?.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw corrupt(file, 'is not a P-256 private key in PEM', remedy(dir));
}

function readCertificate(file: string, key: KeyObject, time: number, dir: string): string {
  const pem = read(file);
  const certificate = attempt(() => new X509Certificate(pem));
  if (certificate === undefined) throw corrupt(file, 'is not a certificate in PEM', remedy(dir));
  if (!certificate.ca) throw corrupt(file, 'is not the certificate of a CA', remedy(dir));
  if (!certificate.publicKey.equals(createPublicKey(key))) {
    throw corrupt(file, 'does not belong to ca-key.pem', remedy(dir));
  }
  if (Date.parse(certificate.validTo) <= time) {
    throw corrupt(file, `expired on ${certificate.validTo}`, remedy(dir));
  }
  return pem;
}

function read(file: string, check: (descriptor: number) => void = () => {}): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    check(descriptor);
    return readFileSync(descriptor, 'utf8');
  } catch (thrown) {
    if (thrown instanceof PaiError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    throw new PaiError('state_corrupt', `${file} cannot be read (${code}); let the sidecar's user read it`, {
      cause: thrown,
    });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function remedy(dir: string): string {
  return `restore it, or delete ca.pem and ca-key.pem in ${dir} to make a new CA that agents must then trust`;
}

function corrupt(file: string, problem: string, help: string): PaiError {
  return new PaiError('state_corrupt', `${file} ${problem}; ${help}`);
}
