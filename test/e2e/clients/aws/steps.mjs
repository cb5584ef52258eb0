import { Readable } from 'node:stream';

/** Does the steps that the first argument has, one after the other, and prints an array of what became of each. */
export async function runSteps(doers) {
  const results = [];
  for (const step of JSON.parse(process.argv[2])) {
    try {
      results.push({ ok: true, value: (await doers[step.op](step)) ?? null });
    } catch (error) {
      const { name, code, message, statusCode, $metadata } = error;
      const status = $metadata?.httpStatusCode ?? statusCode;
      results.push({ ok: false, error: `${name} ${code ?? ''}`, status, message });
    }
  }
  console.log(JSON.stringify(results, (key, value) => (key === '$metadata' ? undefined : value)));
}

/** A stream of so many zeros, whose length nobody is told. */
export function zeros(size) {
  const piece = Buffer.alloc(64 << 10);
  return Readable.from(
    (function* () {
      for (let left = size; left > 0; left -= piece.length)
        yield piece.subarray(0, Math.min(left, piece.length));
    })(),
    { objectMode: false },
  );
}
