import { readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';

const [file = '', filename = '', target = ''] = process.argv.slice(2);

// Every function, called or not: which ones a start calls would hang on how long things take.
setFlagsFromString('--no-lazy');
// The name is in what is written, and the place of a build is nothing to an image. A part of a path would still hold all of it.
const script = new vm.Script(readFileSync(file, 'latin1'), { filename });
// V8 takes only what was written under the flags it has then.
setFlagsFromString('--lazy');
writeFileSync(target, script.createCachedData());
